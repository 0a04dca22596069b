"""Add-ons that cost something: charged once, to the cent, and the books balance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.e2e.rated.catalog import CATALOG, INTERNET, MEGABYTE
from tests.e2e.rated.conftest import NewOperator
from tests.e2e.rated.test_plan import openmvno
from tests.e2e.rated.traffic import data, granted
from tests.support.diameter_peer import Peer
from tests.support.system import System

from openmvno.story import messages as ccr
from openmvno.story.stage import Line
from openmvno.story.system import endpoints

PRICED: dict[str, Any] = {
    **CATALOG,
    "products": [
        {**product, "multiple": True, "price": "4.99"}
        if product["code"] == "data-pack"
        else product
        for product in CATALOG["products"]
    ],
}


@pytest.fixture(scope="module")
def shop(new_operator: NewOperator) -> System:
    return new_operator("priced", PRICED)


@pytest.fixture
def http(shop: System) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=endpoints(shop.settings, shop.token).api_url,
        headers={"Authorization": f"Bearer {shop.token}"},
        timeout=30,
    ) as client:
        yield client


def buy(http: httpx.Client, line: Line, key: str) -> httpx.Response:
    body = {"product": "data-pack", "price": "4.99"}
    path = f"/v1/lines/{line.line_id}/products"
    return http.post(path, json=body, headers={"Idempotency-Key": key})


def test_an_add_on_is_bought_from_the_balance_once(
    shop: System, http: httpx.Client, peer: Peer
) -> None:
    line = shop.line()
    key = str(uuid4())
    answers = [buy(http, line, key) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 201], answers[0].text
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert (answers[0].json()["status"], answers[0].json()["price"]) == ("active", "4.99")
    assert shop.money(line) == ("5.01", "0.00")
    assert buy(http, line, str(uuid4())).status_code == 201
    assert shop.money(line) == ("0.02", "0.00")
    late = str(uuid4())
    refused = buy(http, line, late)
    assert (refused.status_code, refused.json()["code"]) == (409, "insufficient_balance")
    topped_up = {"amount": "10.00", "currency": "EUR"}
    shop.api.post(f"/v1/accounts/{line.account_id}/top-ups", topped_up)
    again = buy(http, line, late)
    assert (again.status_code, again.json()["code"]) == (409, "insufficient_balance")
    assert shop.money(line) == ("10.02", "0.00")

    # Both packs pay before the balance does.
    session = peer.new_session()
    asked = ccr.octets(INTERNET, 5 * MEGABYTE, None)
    assert granted(data(peer, line, session, (ccr.INITIAL, 0), asked)) == 5 * MEGABYTE
    used = ccr.octets(INTERNET, None, 4_500_000)
    data(peer, line, session, (ccr.TERMINATION, 1), used)
    assert shop.money(line) == ("9.97", "0.00")
    assert shop.cdrs(session)[0]["amount"] == "0.05"
    examined = openmvno(shop, "doctor")
    assert "PROBLEM" not in examined
