"""Buckets as the engine holds them, and content put into wallets."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from tests.integration.api.conftest import Api, new_api


async def test_buckets_are_live(rich_api: Api) -> None:
    signed_up = await rich_api.sign_up(addons=["pack", "twice"])
    line, account = signed_up["line"]["id"], signed_up["account"]["id"]
    further = await rich_api.post(
        f"/v1/accounts/{account}/lines", {"product": "basic", "addons": ["pack"]}
    )
    own, shared = (await rich_api.get(f"/v1/lines/{line}/buckets")).json()
    assert own == {
        "id": 1,
        "code": "min100",
        "line_id": line,
        "product_instance": signed_up["addons"][0]["id"],
        "unit": "second",
        "initial": "6000",
        "used": "0",
        "reserved": "0",
        "remaining": "6000",
        "valid_from": "2026-09-21T14:13:20Z",
        "expires_at": None,
    }
    assert (shared["code"], shared["line_id"]) == ("family", None)
    everything = (await rich_api.get(f"/v1/accounts/{account}/buckets")).json()
    assert [(each["code"], each["line_id"]) for each in everything] == [
        ("min100", line),
        ("family", None),
        ("min100", further.json()["id"]),
    ]
    rich_api.engine.available = False
    for path in (f"/v1/lines/{line}/buckets", f"/v1/accounts/{account}/buckets"):
        away = await rich_api.get(path)
        assert (away.status_code, away.json()["code"]) == (503, "engine_unavailable")


async def test_a_wallet_is_topped_up_by_an_option_once(rich_api: Api) -> None:
    signed_up = await rich_api.sign_up()
    line, account = signed_up["line"]["id"], signed_up["account"]["id"]
    path = f"/v1/lines/{line}/wallet-top-ups"
    body = {"bucket": "family", "option": "small", "pay": "balance", "reference": "app"}
    first = await rich_api.post(path, body, key="w-1")
    assert first.status_code == 201, first.text
    shown = first.json()
    assert (shown["amount"], shown["days"], shown["price"]) == ("100", 10, "4.00")
    assert (shown["unit"], shown["status"], shown["currency"]) == ("second", "completed", "EUR")
    assert (await rich_api.post(path, body, key="w-1")).json() == shown
    assert rich_api.engine.applied[-1] == {
        "type": "top_up_wallet",
        "tenant": str(rich_api.actor.tenant_id),
        "account": account,
        "bucket": "family",
        "option": "small",
        "pay": "balance",
        "reference": shown["id"],
    }, "a shared bucket belongs to no line; amount and days are the option's"
    balance = (await rich_api.get(f"/v1/accounts/{account}/balance")).json()["balance"]
    assert balance == "6.00", "paid once"
    [bucket] = (await rich_api.get(f"/v1/lines/{line}/buckets")).json()
    assert (bucket["initial"], bucket["line_id"]) == ("100", None)
    assert bucket["expires_at"] is not None
    without = await rich_api.post(path, body)
    assert (without.status_code, without.json()["code"]) == (400, "idempotency_key_missing")


async def test_money_and_presents(rich_api: Api) -> None:
    line = (await rich_api.sign_up())["line"]["id"]
    path = f"/v1/lines/{line}/wallet-top-ups"
    body: dict[str, Any] = {"bucket": "purse", "amount": "2.5", "days": 7, "pay": "balance"}
    money = await rich_api.post(path, body, key="w-1")
    assert (money.json()["amount"], money.json()["price"]) == ("2.50", "2.50")
    command = rich_api.engine.applied[-1]
    assert (command["amount"], command["days"], command["line"]) == (2_500_000, 7, line)
    assert "option" not in command
    body = {"bucket": "min100", "amount": "600", "pay": "none"}
    present = await rich_api.post(path, body, key="w-2")
    assert (present.json()["amount"], present.json()["price"]) == ("600", "0.00")
    assert rich_api.engine.applied[-1]["amount"] == 600
    assert "days" not in rich_api.engine.applied[-1]
    body = {"bucket": "purse", "option": "big", "pay": "cash"}
    cash = await rich_api.post(path, body, key="w-3")
    assert (cash.json()["amount"], cash.json()["price"]) == ("25.00", "20.00")
    pages = (await rich_api.get(f"{path}?limit=2")).json()
    assert [each["bucket"] for each in pages["items"]] == ["purse", "min100"]
    assert pages["items"][0]["status"] == "pending"
    await rich_api.engine.materialise()
    rest = (await rich_api.get(f"{path}?limit=2&cursor={pages['next_cursor']}")).json()
    assert [(each["id"], each["status"]) for each in rest["items"]] == [
        (money.json()["id"], "completed")
    ]
    entries = (await rich_api.get(f"/v1/audit?subject_type=line&subject_id={line}")).json()
    assert entries["items"][0]["action"] == "line.wallet_topped_up"
    assert entries["items"][0]["after"]["price"] == "20.00"


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"bucket": "gold", "option": "small", "pay": "cash"}, "bucket_unknown", "bucket"),
        ({"bucket": "family", "option": "large", "pay": "cash"}, "top_up_unknown", "option"),
        ({"bucket": "family", "pay": "cash"}, "wallet_top_up_ambiguous", "option"),
        (
            {"bucket": "family", "option": "small", "amount": "5", "pay": "none"},
            "wallet_top_up_ambiguous",
            "option",
        ),
        (
            {"bucket": "family", "option": "small", "days": 5, "pay": "none"},
            "wallet_top_up_ambiguous",
            "days",
        ),
        ({"bucket": "family", "amount": "5", "pay": "balance"}, "wallet_price_unknown", "pay"),
        ({"bucket": "family", "amount": "1.5", "pay": "none"}, "wallet_amount_invalid", "amount"),
        ({"bucket": "family", "amount": "0", "pay": "none"}, "wallet_amount_invalid", "amount"),
        ({"bucket": "purse", "amount": "0", "pay": "none"}, "amount_out_of_range", "amount"),
        ({"bucket": "purse", "amount": "1.1234567", "pay": "none"}, "amount_precision", "amount"),
    ],
)
async def test_bad_wallet_top_ups(
    rich_api: Api, body: dict[str, Any], code: str, field: str
) -> None:
    line = (await rich_api.sign_up())["line"]["id"]
    refused = await rich_api.post(f"/v1/lines/{line}/wallet-top-ups", body, key="w")
    problem = refused.json()
    assert (refused.status_code, problem["code"], problem["field"]) == (422, code, field)
    assert await rich_api.count("wallet_top_up") == 0


async def test_a_balance_that_does_not_pay(rich_api: Api) -> None:
    line = (await rich_api.sign_up())["line"]["id"]
    path = f"/v1/lines/{line}/wallet-top-ups"
    body = {"bucket": "purse", "option": "big", "pay": "balance"}
    for _ in range(2):
        refused = await rich_api.post(path, body, key="w")
        assert (refused.status_code, refused.json()["code"]) == (409, "insufficient_balance")
    await rich_api.engine.materialise()
    [kept] = (await rich_api.get(path)).json()["items"]
    assert kept["status"] == "refused"
    assert (await rich_api.get(f"/v1/lines/{line}/buckets")).json() == []


async def test_strangers(rich_api: Api) -> None:
    signed_up = await rich_api.sign_up()
    line, account = signed_up["line"]["id"], signed_up["account"]["id"]
    other = await new_api(rich_api.pool, rich_api.client, rich_api.engine, "other")
    for path in (
        f"/v1/lines/{line}/buckets",
        f"/v1/accounts/{account}/buckets",
        f"/v1/lines/{line}/wallet-top-ups",
        f"/v1/lines/{uuid4()}/buckets",
    ):
        assert (await other.get(path)).status_code == 404, path
    body = {"bucket": "purse", "amount": "1", "pay": "none"}
    paid = await other.post(f"/v1/lines/{line}/wallet-top-ups", body, key="w")
    assert (paid.status_code, paid.json()["code"]) == (404, "line_not_found")
