"""Transfers on the real engine: limits, fee, refusals, returns, and what is left halfway."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from tests.integration.api.conftest import Api
from tests.support.books import cents
from tests.support.core_engine import CoreEngine

from openmvno.charging import EngineUnavailable
from openmvno.transfers import carrying_on

TERMS = {
    "least": "1.00",
    "most": "20.00",
    "daily": "30.00",
    "daily_count": 3,
    "remaining": "2.00",
    "fee": "0.10",
    "fee_per_mille": 10,
}


@pytest.fixture
def engine(core_engine: CoreEngine) -> CoreEngine:
    return core_engine


@dataclass
class Pair:
    """Somebody who sends, with 50.00, and somebody who gets, with nothing."""

    api: Api
    engine: CoreEngine
    sender: str
    recipient: str
    number: str

    async def send(self, amount: str, key: str | None = None, **changes: Any) -> httpx.Response:
        body = {"amount": amount, "currency": "EUR", "to": self.number, **changes}
        path = f"/v1/accounts/{self.sender}/transfers"
        return await self.api.post(path, body, key=key or str(uuid4()))

    async def balances(self) -> tuple[int, int]:
        """Cents of sender and recipient."""
        found = []
        for account in (self.sender, self.recipient):
            live = await self.engine.balance(self.api.actor.tenant_id, UUID(account))
            assert live is not None
            found.append(live["balance"] // 10_000)
        return found[0], found[1]

    async def books(self) -> dict[str, int]:
        """Cents by ledger account, cash and balances aside."""
        found = await cents(self.engine)
        return {name: sum_ for name, sum_ in found.items() if name not in ("cash", "balance")}


@pytest.fixture
async def pair(api: Api, engine: CoreEngine) -> Pair:
    sender = await api.sign_up(initial_top_up={"amount": "50.00", "currency": "EUR"})
    recipient = await api.sign_up(initial_top_up=None)
    found = Pair(
        api,
        engine,
        sender["account"]["id"],
        recipient["account"]["id"],
        recipient["line"]["msisdn"],
    )
    refused = await found.send("1.00")
    assert (refused.status_code, refused.json()["code"]) == (409, "transfers_not_offered")
    put = await api.put("/v1/transfer-terms/EUR", TERMS)
    assert put.status_code == 200, put.text
    assert (await api.get("/v1/transfer-terms")).json() == [put.json()]
    return found


async def test_a_transfer_with_its_fee_once(pair: Pair) -> None:
    first = await pair.send("10.00", key="t-1", reference="pocket money")
    assert first.status_code == 201, first.text
    shown = first.json()
    assert (shown["status"], shown["amount"], shown["fee"]) == ("completed", "10.00", "0.20")
    assert (await pair.send("10.00", key="t-1", reference="pocket money")).json() == shown
    assert await pair.balances() == (3980, 1000)
    assert await pair.books() == {"transfer_fees": -20}
    assert (await pair.api.get(first.headers["Location"])).json() == shown
    for account in (pair.sender, pair.recipient):
        listed = (await pair.api.get(f"/v1/accounts/{account}/transfers")).json()["items"]
        assert listed == [shown]


async def test_limits(pair: Pair) -> None:
    async def limit(amount: str) -> str:
        problem = (await pair.send(amount)).json()
        assert problem["code"] == "transfer_limit", problem
        named: str = problem["limit"]
        return named

    assert await limit("0.99") == "least"
    assert await limit("20.01") == "most"
    assert (await pair.send("20.00")).status_code == 201
    assert await limit("10.01") == "daily_amount"
    for _ in range(2):
        assert (await pair.send("1.00")).status_code == 201
    assert await limit("1.00") == "daily_count"
    assert await pair.balances() == (5000 - 2000 - 30 - 2 * 111, 2200)


async def test_what_has_to_remain(pair: Pair) -> None:
    await pair.api.put("/v1/transfer-terms/EUR", {**TERMS, "most": "50.00", "daily": "0"})
    # 47.43 and its fee of 0.5743 leave less than 2.00.
    short = await pair.send("47.43")
    assert (short.status_code, short.json()["code"]) == (409, "transfer_balance_too_small")
    answers = await asyncio.gather(*(pair.send("24.00") for _ in range(3)))
    codes = sorted(answer.status_code for answer in answers)
    # One leaves 25.66: another 24.00 with its fee would leave less than 2.00.
    assert codes == [201, 409, 409]
    assert await pair.balances() == (5000 - 2400 - 34, 2400)


async def test_whom_nobody_can_send_to(pair: Pair) -> None:
    own = await pair.send("1.00", to=None, to_account_id=pair.sender)
    assert own.json()["code"] == "transfer_recipient_invalid"
    both = await pair.send("1.00", to_account_id=pair.recipient)
    assert both.json()["code"] == "transfer_recipient_invalid"
    nobody = await pair.send("1.00", to="385919999999")
    assert (nobody.status_code, nobody.json()["code"]) == (404, "line_not_found")
    foreign = await pair.send("1.00", currency="USD")
    assert foreign.json()["field"] == "currency"
    assert await pair.balances() == (5000, 0)


async def test_what_the_engine_refuses_is_nowhere(pair: Pair) -> None:
    """The money is spent between the question and the debit."""
    await pair.api.put("/v1/transfer-terms/EUR", {**TERMS, "remaining": "0"})
    real = pair.engine.balance

    async def optimistic(tenant: UUID, account: UUID) -> dict[str, Any] | None:
        live = await real(tenant, account)
        return None if live is None else {**live, "available": 10**12}

    await pair.api.put("/v1/transfer-terms/EUR", {**TERMS, "most": "60.00", "daily": "0"})
    pair.engine.balance = optimistic  # type: ignore[method-assign]
    refused = await pair.send("50.00")
    pair.engine.balance = real  # type: ignore[method-assign]
    assert (refused.status_code, refused.json()["code"]) == (409, "transfer_balance_too_small")
    await pair.engine.materialise()
    await carrying_on.look(pair.api.pool)
    [transfer] = (await pair.api.get(f"/v1/accounts/{pair.sender}/transfers")).json()["items"]
    assert (transfer["status"], transfer["refusal"]) == ("refused", "insufficient_balance")
    assert await pair.balances() == (5000, 0)
    assert await pair.books() == {}


async def test_what_the_recipient_cannot_get_comes_back(pair: Pair) -> None:
    # An account the API knows and the engine does not.
    pair.engine.connection.execute(
        "INSERT INTO account (tenant_id, account_id, customer_id, currency, overrun, shard,"
        " command_seq) SELECT tenant_id, %s, customer_id, currency, overrun, shard, command_seq"
        " FROM account WHERE account_id = %s",
        (ghost := str(uuid4()), pair.recipient),
    )
    answer = await pair.send("10.00", to=None, to_account_id=ghost)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["status"], answer.json()["refusal"]) == ("returned", "account_unknown")
    assert await pair.balances() == (5000, 0)
    assert await pair.books() == {}


async def test_one_left_in_transit_is_carried_on_once(pair: Pair) -> None:
    """The engine goes away after the first half: whoever comes next finishes it."""
    apply, calls = pair.engine.apply, 0

    async def once(shard: int, seq: int) -> dict[str, Any]:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise EngineUnavailable("down")
        return await apply(shard, seq)

    pair.engine.apply = once  # type: ignore[method-assign]
    waiting = await pair.send("10.00", key="t-1")
    pair.engine.apply = apply  # type: ignore[method-assign]
    assert (waiting.status_code, waiting.json()["status"]) == (202, "crediting")
    assert await pair.balances() == (3980, 0)
    assert await pair.books() == {"transit": -1020}
    transfer = waiting.json()["id"]
    [place] = pair.engine.connection.execute(
        "SELECT shard, command_seq FROM transfer WHERE transfer_id = %s", (transfer,)
    ).fetchall()
    await asyncio.gather(pair.engine.apply(*place), pair.engine.apply(*place))
    await pair.engine.materialise()
    await asyncio.gather(*(carrying_on.look(pair.api.pool) for _ in range(3)))
    assert (await pair.send("10.00", key="t-1")).json()["status"] == "completed"
    assert await pair.balances() == (3980, 1000)
    assert await pair.books() == {"transfer_fees": -20}


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"most": "0.50"}, "most"), ({"least": "0"}, "least"), ({"daily": "-1"}, "daily")],
)
async def test_bad_terms(api: Api, changes: dict[str, str], field: str) -> None:
    response = await api.put("/v1/transfer-terms/EUR", {**TERMS, **changes})
    assert (response.status_code, response.json()["field"]) == (422, field)
