"""What the business reads out of a catalogue document."""

from __future__ import annotations

from typing import Any

from openmvno.catalog import Document

VALUE: dict[str, Any] = {
    "currency": "EUR",
    "services": [],
    "products": [
        {"code": "basic", "rate_tables": ["voice", {"table": "roaming", "when": {"zones": ["z"]}}]},
        {
            "code": "pack",
            "name": "Pack",
            "kind": "addon",
            "precedence": 3,
            "overrun": "debt",
            "requires": ["basic"],
            "excludes": ["other"],
            "multiple": True,
            "price": "4.99",
            "favourites": {"limit": 5, "patterns": ["385"]},
        },
    ],
    "buckets": [
        {"code": "min", "unit": "second", "amount": 60, "pays": [{"service": "voice"}]},
        {
            "code": "pool",
            "name": "Pool",
            "unit": "unit",
            "shared": True,
            "top_ups": [{"code": "s", "price": "1", "amount": 2, "days": 3}],
        },
    ],
    "partners": [
        {"code": "carrier-a", "role": "vendor", "currency": "USD", "rate_tables": ["cost"]}
    ],
}


def test_what_is_left_out_is_spelled_out() -> None:
    basic, pack = Document(VALUE, b"{}", b"").products
    assert basic == {
        "code": "basic",
        "name": "basic",
        "kind": "main",
        "precedence": 0,
        "overrun": "absorb",
        "rate_tables": ["voice", "roaming"],
        "requires": [],
        "excludes": [],
        "multiple": False,
        "price": "0",
        "favourites": None,
    }
    assert pack == {**VALUE["products"][1], "rate_tables": []}


def test_buckets_and_partners_without_their_prices() -> None:
    document = Document(VALUE, b"{}", b"")
    assert document.buckets == [
        {"code": "min", "name": "min", "unit": "second", "shared": False, "top_ups": []},
        VALUE["buckets"][1],
    ]
    assert document.partners == [{"code": "carrier-a", "role": "vendor", "currency": "USD"}]
    assert Document({"currency": "EUR"}, b"{}", b"").buckets == []
