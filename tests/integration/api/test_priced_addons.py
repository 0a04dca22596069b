"""Add-ons that cost something, on the real engine: who pays, to the cent, once or not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.integration.api.conftest import RICH_CATALOG, Api
from tests.integration.api.test_access import few
from tests.integration.api.test_vouchers import Printer, balance, printer, redeemed, sold  # noqa: F401
from tests.support.books import cents
from tests.support.core_engine import CoreEngine

from openmvno.actor import Actor
from openmvno.addons import Addon, check_buys, check_payer
from openmvno.identifiers import new_id
from openmvno.rest.errors import MemberNotOpen, ScopeMissing

WEEK: dict[str, Any] = {
    "code": "week",
    "name": "A week",
    "kind": "addon",
    "multiple": True,
    "price": "4.99",
    "buckets": ["min100"],
}


def catalogue(price: str) -> dict[str, Any]:
    return {**RICH_CATALOG, "products": [*RICH_CATALOG["products"], {**WEEK, "price": price}]}


@pytest.fixture
def engine(core_engine: CoreEngine) -> CoreEngine:
    return core_engine


@pytest.fixture
async def shop(rich_api: Api) -> Api:
    published = await rich_api.post("/v1/catalog/versions?publish=true", catalogue("4.99"))
    assert published.status_code == 201, published.text
    return rich_api


async def buy(api: Api, line: str, key: str | None = "", **terms: Any) -> httpx.Response:
    key = str(uuid4()) if key == "" else key
    return await api.post(f"/v1/lines/{line}/products", {"product": "week", **terms}, key=key)


def told(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


async def test_the_balance_pays_to_the_cent_and_once(shop: Api, engine: CoreEngine) -> None:
    shown = {each["code"]: each["price"] for each in (await shop.get("/v1/products")).json()}
    assert (shown["week"], shown["pack"], shown["basic"]) == ("4.99", "0.00", "0.00")
    signed_up = await shop.sign_up()
    line, account = signed_up["line"]["id"], signed_up["account"]["id"]
    without = await buy(shop, line, key=None)
    assert told(without) == (400, "idempotency_key_missing")
    bought = await buy(shop, line, key="w-1", price="4.99")
    assert bought.status_code == 201, bought.text
    again = await buy(shop, line, key="w-1", price="4.99")
    assert again.json() == bought.json()
    body = bought.json()
    assert (body["price"], body["currency"], body["pay"], body["status"]) == (
        "4.99",
        "EUR",
        "balance",
        "active",
    )
    assert await balance(shop, engine, account) == 5_010_000
    assert await cents(engine) == {"cash": 1000, "balance": -501, "revenue": -499}
    assert (await buy(shop, line)).status_code == 201
    too_little = await buy(shop, line, key="w-3")
    assert told(too_little) == (409, "insufficient_balance")
    topped_up = await shop.post(
        f"/v1/accounts/{account}/top-ups", {"amount": "5.00", "currency": "EUR"}, key="t"
    )
    assert topped_up.status_code == 201
    assert told(await buy(shop, line, key="w-3")) == (409, "insufficient_balance")
    assert await balance(shop, engine, account) == 5_020_000
    await engine.materialise()
    listed = (await shop.get(f"/v1/lines/{line}/products")).json()["items"]
    assert [(each["price"], each["status"]) for each in listed] == [
        ("4.99", "refused"),
        ("4.99", "active"),
        ("4.99", "active"),
    ]
    [latest, *_] = (await shop.get(f"/v1/audit?subject_type=line&subject_id={line}")).json()[
        "items"
    ]
    assert latest["after"]["price"] == "4.99"
    free = await shop.post(f"/v1/lines/{line}/products", {"product": "pack"})
    assert (free.status_code, free.json()["price"]) == (201, "0.00"), "nothing moves, no key"


async def test_another_price_than_was_told_is_refused(shop: Api, engine: CoreEngine) -> None:
    signed_up = await shop.sign_up()
    line = signed_up["line"]["id"]
    await shop.post("/v1/catalog/versions?publish=true", catalogue("5.99"))
    changed = await buy(shop, line, price="4.99")
    assert (told(changed), changed.json()["field"]) == ((409, "price_changed"), "price")
    assert "5.99 EUR" in changed.json()["detail"]
    assert told(await buy(shop, line, price="cheap")) == (422, "amount_invalid")
    assert told(await buy(shop, line, pay="credit")) == (400, "request_malformed")
    assert await balance(shop, engine, signed_up["account"]["id"]) == 10_000_000
    assert (await buy(shop, line, price="5.99")).status_code == 201


async def test_at_the_counter_and_as_a_present(shop: Api, engine: CoreEngine) -> None:
    signed_up = await shop.sign_up(initial_top_up=None)
    line = signed_up["line"]["id"]
    clerk = await few(shop, "customers:write")
    for pay in ("cash", "none"):
        refused = await buy(clerk, line, pay=pay)
        assert (told(refused), refused.json()["scope"]) == (
            (403, "scope_missing"),
            "payments:write",
        )
    assert told(await buy(clerk, line)) == (409, "insufficient_balance")
    assert (await cents(engine)) == {}
    cashier = await few(shop, "customers:write", "payments:write")
    assert told(await buy(cashier, line, key=None, pay="cash")) == (400, "idempotency_key_missing")
    assert (await buy(cashier, line, pay="cash")).status_code == 201
    assert (await buy(cashier, line, key=None, pay="none")).status_code == 201
    assert await cents(engine) == {"cash": 499, "revenue": -499}


async def test_a_sign_up_pays_from_its_first_money_or_is_undone(
    shop: Api, engine: CoreEngine
) -> None:
    signed_up = await shop.sign_up(addons=["week", "week"])
    assert signed_up["top_up"]["balance"] == "10.00"
    assert await balance(shop, engine, signed_up["account"]["id"]) == 20_000
    books = await cents(engine)
    wish = {
        "product": "basic",
        "customer": {"name": "Ivo"},
        "initial_top_up": {"amount": "10.00", "currency": "EUR"},
        "addons": ["week", "week", "week"],
    }
    for _ in range(2):
        refused = await shop.post("/v1/sign-ups", wish, key="i")
        assert told(refused) == (409, "insufficient_balance")
    assert (await shop.count("customer"), await shop.count("subscriber_line")) == (1, 1)
    assert (await cents(engine))["balance"] == books["balance"], "it has nothing on it"
    later = {"product": "basic", "addons": ["week"]}
    path = f"/v1/accounts/{signed_up['account']['id']}/lines"
    assert told(await shop.post(path, later)) == (400, "idempotency_key_missing")
    money = {"amount": "6.00", "currency": "EUR"}
    await shop.post(f"/v1/accounts/{signed_up['account']['id']}/top-ups", money, key="t")
    both = {"product": "basic", "addons": ["week", "week"]}
    refused = await shop.post(path, both, key="l-1")
    assert told(refused) == (409, "insufficient_balance")
    assert await shop.count("subscriber_line") == 1
    assert await balance(shop, engine, signed_up["account"]["id"]) == 6_020_000
    assert (await shop.post(path, later, key="l-2")).status_code == 201
    assert await balance(shop, engine, signed_up["account"]["id"]) == 1_030_000
    await cents(engine)


async def test_a_voucher_pays_for_its_product_and_nobody_else(
    shop: Api,
    engine: CoreEngine,
    printer: Printer,  # noqa: F811
) -> None:
    signed_up = await shop.sign_up()
    _, pin = await sold(shop, printer, value="4.99", product="week")
    before = await cents(engine)
    answer = await redeemed(shop, pin, line_id=signed_up["line"]["id"])
    assert answer.status_code == 201, answer.text
    after = await cents(engine)
    moved = {name: after.get(name, 0) - before.get(name, 0) for name in after | before}
    assert {name: amount for name, amount in moved.items() if amount} == {
        "vouchers": 499,
        "revenue": -499,
    }
    [addon] = (await shop.get(f"/v1/lines/{signed_up['line']['id']}/products")).json()["items"]
    assert (addon["pay"], addon["status"]) == ("none", "active")
    assert await balance(shop, engine, signed_up["account"]["id"]) == 10_000_000


async def test_who_sends_many_needs_the_scope_of_the_single_call(shop: Api) -> None:
    line = (await shop.sign_up())["line"]
    clerk = await few(shop, "customers:write", "jobs:read")
    for pay, status in (("none", 403), ("cash", 403), ("balance", 202)):
        rows = [{"msisdn": line["msisdn"], "product": "week", "pay": pay}]
        begun = await clerk.post("/v1/bulk/product-additions", rows, key=pay)
        assert begun.status_code == status, begun.text
    text = f"msisdn,product,pay\n{line['msisdn']},week,cash\n"
    begun = await clerk.request(
        "POST",
        "/v1/bulk/product-additions",
        key="csv",
        content=text,
        headers={"Content-Type": "text/csv"},
    )
    assert told(begun) == (403, "scope_missing")


def test_outside_the_staff_only_who_may_pay_spends() -> None:
    week = Addon(new_id(), new_id(), new_id(), "week", 4_990_000, "EUR", "balance", None)  # type: ignore[arg-type]
    free = replace(week, price_micros=0)
    subscriber = Actor(
        new_id(), "ana", "r", realm="subscriber", scopes=frozenset({"reach:read", "reach:write"})
    )
    assert check_buys(subscriber, [free]) is False
    with pytest.raises(ScopeMissing, match="reach:pay"):
        check_buys(subscriber, [free, week])
    payer = replace(subscriber, scopes=subscriber.scopes | {"reach:pay"})
    assert check_buys(payer, [free, week]) is True
    check_payer(payer, "balance")
    with pytest.raises(MemberNotOpen) as refused:
        check_payer(payer, "none")
    assert refused.value.field == "pay"
