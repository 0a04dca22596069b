"""What a quote answers at the edges: refusals, free numbers, amounts that do not fit."""

from __future__ import annotations

from typing import Any

import pytest
from tests.reference.catalogues import document, per_minute, rate, request, table
from tests.reference.implementations import BOTH, Quote

both = pytest.mark.parametrize("quote", BOTH)

NOTHING = {
    "charge_micros": 0,
    "currency": "USD",
    "billed_units": 0,
    "hidden": False,
    "parts": [],
    "uncovered_micros": 0,
    "partners": [],
}


def refused(answer: dict[str, Any]) -> str:
    """The result of an answer that has nothing else."""
    result: str = answer["result"]
    answer.pop("steps", None)
    assert answer == {**NOTHING, "result": result}
    return result


@both
def test_refusals(quote: Quote) -> None:
    catalogue = document(
        table("t", "voice", per_minute("0.10", prefix="385"), {"prefix": "3859", "forbidden": True})
    )
    assert refused(quote(catalogue, request(60, "sms"))) == "not_sold"
    assert refused(quote(catalogue, request(60, destination="4420"))) == "no_rate"
    assert refused(quote(catalogue, request(60, direction="terminating"))) == "no_rate"
    assert refused(quote(catalogue, request(60, destination="38591"))) == "forbidden"


@both
def test_closed_user_group(quote: Quote) -> None:
    group = {"outgoing": "barred", "incoming": "allowed"}
    catalogue = document(
        table("t", "voice", per_minute("0.10")), product={"closed_user_group": group}
    )
    assert refused(quote(catalogue, request(60, destination="385911234567"))) == "forbidden"
    inside = request(60, destination="385911234567", cug=True)
    assert quote(catalogue, inside)["charge_micros"] == 100_000


@both
def test_free_numbers(quote: Quote) -> None:
    catalogue = document(
        table("t", "voice", {"default": True, "forbidden": True}),
        destinations=[
            {"code": "sos", "kind": "emergency", "prefixes": ["112"]},
            {"code": "free", "kind": "toll_free", "prefixes": ["385800"]},
        ],
    )
    for number in ("112", "+385800123456"):
        answer = quote(catalogue, request(60, destination=number, balance="0"))
        assert refused(answer) == "rated"
    assert refused(quote(catalogue, request(60, destination="1123456789"))) == "forbidden"


@both
def test_amounts_that_do_not_fit(quote: Quote) -> None:
    catalogue = document(table("t", "voice", rate("1000000")))
    assert refused(quote(catalogue, request(10_000_000))) == "overflow"
    # A quote's unlimited balance is a quarter of the largest amount.
    assert quote(catalogue, request(2_000_000))["charge_micros"] == 2 * 10**18


@both
def test_hidden_price(quote: Quote) -> None:
    catalogue = document(table("t", "voice", per_minute("0.10", hidden=True)))
    answer = quote(catalogue, request(60))
    assert (answer["hidden"], answer["charge_micros"]) == (True, 100_000)


@both
def test_partners(quote: Quote) -> None:
    wholesale = table("wholesale", "voice", per_minute("0.06"))
    catalogue = document(table("t", "voice", per_minute("0.10", 60, 60)))
    catalogue["rate_tables"].append(wholesale)
    catalogue["partners"] = [
        {"code": "r", "role": "reseller", "currency": "EUR", "rate_tables": ["wholesale"]}
    ]
    partners = quote(catalogue, request(90, balance="0"))["partners"]
    assert partners == [
        {"code": "r", "role": "reseller", "currency": "EUR", "amount_micros": 90_000}
    ]


@both
def test_cost_in_units_is_of_what_the_bucket_pays(quote: Quote) -> None:
    wallet = {
        "code": "wallet",
        "unit": "unit",
        "pays": [{"service": "voice", "cost": 1, "per": 60}],
        "priority": 200,
    }
    minute = {"code": "minute", "unit": "second", "pays": [{"service": "voice"}]}
    catalogue = document(table("t", "voice", per_minute("0.60")), buckets=[wallet, minute])
    left = [
        {"code": "minute", "remaining": "30", "expires_at": None},
        {"code": "wallet", "remaining": "1", "expires_at": None},
    ]
    answer = quote(catalogue, request(120, buckets=left))
    assert [(part["payer"], part["units"], part["cost"]) for part in answer["parts"]] == [
        ("bucket:minute", 30, "30"),
        ("bucket:wallet", 60, "1"),
        ("balance", 30, "0.300000"),
    ]


@both
def test_who_pays_changes_with_the_period(quote: Quote) -> None:
    night = {"code": "night", "from": "20:00", "to": "08:00"}
    bucket = {
        "code": "nights",
        "unit": "second",
        "amount": 600,
        "pays": [{"service": "voice", "periods": ["night"]}],
    }
    catalogue = document(
        table("t", "voice", per_minute("0.60", 60, 30, connection_fee="1.00"), calendar="c"),
        calendars=[{"code": "c", "periods": [night]}],
        buckets=[bucket],
        product={"buckets": ["nights"]},
    )
    answer = quote(catalogue, request(100, at="2026-11-27T19:59:45Z"))
    assert [(part["payer"], part["to"], part["cost"]) for part in answer["parts"]] == [
        ("balance", 60, "1.600000"),
        ("bucket:nights", 120, "60"),
    ]
