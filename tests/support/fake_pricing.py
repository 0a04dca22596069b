"""A stand-in for the core's quotes and rehearsals: the first rate of a service's first table is
its price, whatever the destination. It refuses columns that do not fit together."""

from __future__ import annotations

import json
from array import array
from decimal import Decimal
from typing import Any

import pytest

from openmvno import _core
from openmvno.catalog.pricing import RESULTS


def price_of(document: dict[str, Any], service: str, usage: int) -> int | None:
    """Micros of a usage; None when nothing prices the service."""
    for table in document["rate_tables"]:
        if table["service"] == service:
            rate = table["rates"][0]
            micros = int(Decimal(rate["price"]) * 1_000_000)
            return micros * usage // int(rate.get("per", 1))
    return None


class FakeRehearsal:
    """Implements _core.Rehearsal."""

    def __init__(self, document: bytes, lines: list[tuple[str, list[str]]]) -> None:
        self._document = json.loads(document)
        products = {product["code"] for product in self._document["products"]}
        for product, addons in lines:
            if not {product, *addons} <= products:
                raise _core.CoreError(f"product: there is no {product}")
        self._lines = lines

    def rate(
        self,
        line: bytes,
        service: bytes,
        direction: bytes,
        at: bytes,
        usage: bytes,
        rating_group: bytes,
        destination: bytes,
        destination_end: bytes,
        wallets: bool,
    ) -> tuple[bytes, bytes]:
        columns = [
            array("I", line),
            array("H", service),
            array("B", direction),
            array("q", at),
            array("Q", usage),
            array("q", rating_group),
            array("I", destination_end),
        ]
        assert len({len(column) for column in columns}) == 1, "columns of one length"
        assert columns[-1][-1] == len(destination)
        assert max(columns[0]) < len(self._lines)
        codes = [each["code"] for each in self._document["services"]]
        amounts, results = array("q"), bytearray()
        for position, number, group in zip(columns[1], columns[4], columns[5], strict=True):
            price = price_of(self._document, codes[position], number)
            assert group >= -1
            amounts.append(price or 0 if wallets else 0)
            results.append(RESULTS.index("no_rate" if price is None else "rated"))
        return amounts.tobytes(), bytes(results)


def fake_quote(document: bytes, request: bytes) -> bytes:
    """Implements _core.quote for the simple price."""
    asked = json.loads(request)
    read = json.loads(document)
    if asked["product"] not in {product["code"] for product in read.get("products", [])}:
        raise _core.CoreError(f"product: there is no product {asked['product']}")
    price = price_of(read, asked["service"], asked["usage"])
    if price is None:
        return json.dumps({"result": "no_rate", "parts": [], "steps": []}).encode()
    part = {
        "payer": "balance",
        "rate": "Croatia",
        "table": "voice-standard",
        "period": "",
        "from": 0,
        "to": asked["usage"],
        "units": asked["usage"],
        "cost": "0.10",
        "amount_micros": price,
        "discount_percent": "0",
    }
    answer = {
        "charge_micros": price,
        "currency": read["currency"],
        "billed_units": asked["usage"],
        "result": "rated",
        "hidden": False,
        "parts": [part],
        "uncovered_micros": 0,
        "steps": [{"step": "request", "text": json.dumps(asked, sort_keys=True)}],
        "partners": [
            {"code": "reseller", "role": "reseller", "currency": "USD", "amount_micros": 1}
        ],
    }
    return json.dumps(answer).encode()


@pytest.fixture
def fake_pricing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The core prices by the stand-in."""
    monkeypatch.setattr(_core, "Rehearsal", FakeRehearsal, raising=False)
    monkeypatch.setattr(_core, "quote", fake_quote, raising=False)
