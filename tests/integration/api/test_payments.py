"""Top-ups and balances: exact, once, live."""

from __future__ import annotations

from uuid import uuid4

import pytest
from tests.integration.api.conftest import Api


async def test_a_top_up_moves_money_once(api: Api) -> None:
    account = (await api.sign_up())["account"]["id"]
    path = f"/v1/accounts/{account}/top-ups"
    body = {"amount": "0.1", "currency": "EUR", "reference": "voucher 1"}
    first = await api.post(path, body, key="t-1")
    assert first.status_code == 201, first.text
    assert first.json()["balance"] == "10.10"
    assert first.json()["status"] == "completed"
    again = await api.post(path, body, key="t-1")
    assert again.text == first.text
    other = await api.post(path, {**body, "amount": "0.2"}, key="t-1")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    without = await api.post(path, body)
    assert (without.status_code, without.json()["code"]) == (400, "idempotency_key_missing")
    await api.engine.materialise()
    listed = (await api.get(path)).json()["items"]
    assert [(each["amount"], each["balance"]) for each in listed] == [
        ("0.10", "10.10"),
        ("10.00", "10.00"),
    ]
    shown = await api.get(first.headers["Location"])
    assert shown.json() == first.json()


async def test_engine_away_the_money_moves_once_later(api: Api) -> None:
    account = (await api.sign_up())["account"]["id"]
    path = f"/v1/accounts/{account}/top-ups"
    api.engine.available = False
    body = {"amount": "5", "currency": "EUR"}
    waiting = await api.post(path, body, key="t-1")
    assert (waiting.status_code, waiting.json()["status"]) == (202, "pending")
    api.engine.available = True
    done = await api.post(path, body, key="t-1")
    assert (done.status_code, done.json()["balance"]) == (201, "15.00")
    done = await api.post(path, body, key="t-1")
    assert (done.status_code, done.json()["balance"]) == (201, "15.00")


@pytest.mark.parametrize(
    ("amount", "currency", "code", "field"),
    [
        ("0.1000000", "EUR", "amount_precision", "amount"),
        ("ten", "EUR", "amount_invalid", "amount"),
        ("0", "EUR", "amount_out_of_range", "amount"),
        ("-1", "EUR", "amount_out_of_range", "amount"),
        ("1", "USD", "currency_mismatch", "currency"),
        ("1", "euro", "currency_invalid", "currency"),
    ],
)
async def test_bad_money(api: Api, amount: str, currency: str, code: str, field: str) -> None:
    account = (await api.sign_up())["account"]["id"]
    response = await api.post(
        f"/v1/accounts/{account}/top-ups", {"amount": amount, "currency": currency}, key="t"
    )
    problem = response.json()
    assert (response.status_code, problem["code"], problem["field"]) == (422, code, field)
    assert await api.count("top_up") == 1


async def test_a_number_is_not_an_amount(api: Api) -> None:
    account = (await api.sign_up())["account"]["id"]
    response = await api.post(
        f"/v1/accounts/{account}/top-ups", {"amount": 0.1, "currency": "EUR"}, key="t"
    )
    problem = response.json()
    assert (response.status_code, problem["code"]) == (400, "request_malformed")
    assert problem["field"] == "amount"


async def test_balance_is_live(api: Api) -> None:
    signed_up = await api.sign_up()
    account = signed_up["account"]["id"]
    balance = (await api.get(f"/v1/accounts/{account}/balance")).json()
    assert (balance["balance"], balance["reserved"], balance["available"]) == (
        "10.00",
        "1.50",
        "8.50",
    )
    ussd = (await api.get(f"/v1/balance?msisdn={signed_up['line']['msisdn']}")).json()
    assert ussd["text"] == "Your balance is 8.50 EUR."
    api.engine.available = False
    away = await api.get(f"/v1/accounts/{account}/balance")
    assert (away.status_code, away.json()["code"]) == (503, "engine_unavailable")
    assert "Retry-After" in away.headers


async def test_unknown_subscribers(api: Api) -> None:
    response = await api.get("/v1/balance?msisdn=385919999999")
    assert (response.status_code, response.json()["code"]) == (404, "line_not_found")
    response = await api.get(f"/v1/accounts/{uuid4()}/balance")
    assert (response.status_code, response.json()["code"]) == (404, "account_not_found")
    response = await api.get("/v1/balance")
    assert (response.status_code, response.json()["field"]) == (400, "msisdn")
