"""Changes of payer on the real engine: what goes along, what stays, and what is left halfway."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from tests.integration.api.conftest import RICH_CATALOG, Api
from tests.support.books import cents
from tests.support.core_engine import CoreEngine
from tests.support.local_engine import now_ms

from openmvno import payer_changes
from openmvno.charging import EngineUnavailable
from openmvno.payer_changes import carrying_on, service


@pytest.fixture
def engine(core_engine: CoreEngine) -> CoreEngine:
    return core_engine


@dataclass
class Move:
    """A line with 50.00, an add-on and a wallet; and an account in another shard with 10.00."""

    api: Api
    engine: CoreEngine
    line: dict[str, Any]
    old: str
    new: str
    new_customer: str

    async def to(self, account: str, key: str | None = None, **changes: Any) -> httpx.Response:
        path = f"/v1/lines/{self.line['id']}/payer-changes"
        return await self.api.post(path, {"account_id": account, **changes}, key=key)

    async def live(self, account: str) -> dict[str, Any]:
        found = await self.engine.balance(self.api.actor.tenant_id, UUID(account))
        assert found is not None
        return found

    async def shown(self) -> dict[str, Any]:
        answer = await self.api.get(f"/v1/lines/{self.line['id']}")
        line: dict[str, Any] = answer.json()
        return line

    async def free(self, account: str) -> dict[str, int]:
        """What is left in an account's buckets, by code."""
        buckets = (await self.live(account))["buckets"]
        return {each["code"]: each["initial"] - each["used"] for each in buckets}

    def call(self, kind: str, session: str, number: int = 0, **fields: Any) -> dict[str, Any]:
        request = {
            "type": kind,
            "session": session,
            "number": number,
            "msisdn": self.line["msisdn"],
            "service": "voice",
            "destination": "385911111111",
            **fields,
        }
        return self.engine.charge(request)

    async def carry_on(self) -> None:
        await self.engine.materialise()
        await carrying_on.look(self.api.pool)

    async def engine_follows(self) -> None:
        """The engine takes what the table has."""
        rows = self.engine.connection.execute(
            "SELECT shard, max(seq) FROM engine_command GROUP BY shard"
        ).fetchall()
        for place in rows:
            await self.engine.apply(*place)


@pytest.fixture
async def move(api: Api, engine: CoreEngine) -> Move:
    published = await api.post("/v1/catalog/versions?publish=true", RICH_CATALOG)
    assert published.status_code == 201, published.text
    money = {"amount": "50.00", "currency": "EUR"}
    old = await api.sign_up(initial_top_up=money, addons=["pack"])
    line = old["line"]
    purse = {"bucket": "purse", "option": "big", "pay": "cash"}
    topped_up = await api.post(f"/v1/lines/{line['id']}/wallet-top-ups", purse, key="purse")
    assert topped_up.status_code == 201, topped_up.text
    while True:
        new = await api.sign_up()
        shards = engine.connection.execute(
            "SELECT count(DISTINCT shard) FROM account WHERE account_id = ANY(%s::uuid[])",
            ([old["account"]["id"], new["account"]["id"]],),
        ).fetchone()
        if shards == (2,):
            break
    return Move(
        api, engine, line, old["account"]["id"], new["account"]["id"], new["customer"]["id"]
    )


async def give_further_imsi(move: Move) -> None:
    """As a card with two has it."""
    async with move.api.pool.connection() as connection:
        await connection.execute(
            "UPDATE subscriber_line SET further_imsis = '{232990000000001}' WHERE line_id = %s",
            (move.line["id"],),
        )
        await connection.execute(
            "INSERT INTO identity_map (kind, identity, tenant_id, account_id, line_id)"
            " VALUES ('imsi', '232990000000001', %s, %s, %s)",
            (move.api.actor.tenant_id, move.old, move.line["id"]),
        )


async def test_a_line_goes_with_what_is_its_own(move: Move) -> None:
    move.call("debit", "before", used=120)
    assert await move.free(move.old) == {"min100": 5_880, "purse": 25_000_000}
    await give_further_imsi(move)
    books = await cents(move.engine)
    first = await move.to(move.new, key="k-1", reason="left the plan")
    assert first.status_code == 201, first.text
    change = first.json()
    assert (change["status"], change["refusal"]) == ("completed", None)
    assert (change["from_account_id"], change["to_account_id"]) == (move.old, move.new)
    assert (await move.to(move.new, key="k-1", reason="left the plan")).json() == change
    assert (await move.api.get(first.headers["Location"])).json() == change
    listed = await move.api.get(f"/v1/lines/{move.line['id']}/payer-changes")
    assert listed.json()["items"] == [change]

    assert await move.free(move.old) == {}
    assert await move.free(move.new) == {"min100": 5_880, "purse": 25_000_000}
    shown = await move.shown()
    assert (shown["account_id"], shown["status"], shown["moving"]) == (move.new, "active", False)
    # Not a cent is gone, and it is used where it is now.
    assert await cents(move.engine) == books
    move.call("debit", "after", used=60)
    assert await move.free(move.new) == {"min100": 5_820, "purse": 25_000_000}
    assert (await move.live(move.old))["balance"] == 50_000_000
    # Its usage is found with whoever has paid for it.
    await move.engine.materialise()
    cdrs = (await move.api.get(f"/v1/cdrs?line={move.line['id']}")).json()["items"]
    paid = [(cdr["session_id"], cdr["account_id"]) for cdr in cdrs]
    assert paid == [("after", move.new), ("before", move.old)]
    older = await move.api.get(f"/v1/cdrs?line={move.line['id']}&limit=1")
    assert [cdr["session_id"] for cdr in older.json()["items"]] == ["after"]
    # What is left of it with the old payer is not shown as a line of his.
    assert (await move.live(move.old))["lines"] == []
    # It can be changed by the API as before, where it is now.
    removed = await move.api.request(
        "DELETE",
        f"/v1/lines/{move.line['id']}/products/"
        + (await move.api.get(f"/v1/lines/{move.line['id']}/products")).json()["items"][0]["id"],
    )
    assert removed.status_code == 200, removed.text
    found = (await move.api.get(f"/v1/lines?msisdn={move.line['msisdn']}")).json()["items"]
    assert [each["account_id"] for each in found] == [move.new]
    for table in ("identity_map", "line_product"):
        accounts = move.engine.connection.execute(
            f"SELECT DISTINCT account_id::text FROM {table} WHERE line_id = %s",
            (move.line["id"],),
        ).fetchall()
        assert accounts == [(move.new,)]
    entries = (await move.api.get(f"/v1/audit?subject_id={move.line['id']}")).json()["items"]
    actions = [entry["action"] for entry in entries]
    assert {"line.payer_change_begun", "line.payer_changed"} <= set(actions)


async def test_whose_sessions_run_is_waited_for(move: Move) -> None:
    opened = move.call("reserve", "call", requested=60)
    assert opened["granted"] == 60
    waiting = await move.to(move.new)
    assert (waiting.status_code, waiting.json()["status"]) == (202, "freezing")
    shown = await move.shown()
    assert (shown["account_id"], shown["moving"]) == (move.old, True)
    # Nothing begins, and nothing is changed meanwhile.
    assert move.call("reserve", "another", requested=60)["result_code"] == 4010
    for refused in (
        await move.api.patch(f"/v1/lines/{move.line['id']}", {"status": "blocked"}),
        await move.api.post(f"/v1/lines/{move.line['id']}/products", {"product": "twice"}),
        await move.to(move.new),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "line_moving")
    await move.carry_on()
    await move.engine_follows()
    await move.carry_on()
    assert (await move.shown())["moving"]
    # The gateway ends the call: the old payer's content pays for it.
    ended = move.call("commit", "call", 1, used=60)
    assert ended["result_code"] == 2001
    for _ in range(6):
        await move.engine_follows()
        await move.carry_on()
    shown = await move.shown()
    assert (shown["account_id"], shown["moving"]) == (move.new, False)
    assert await move.free(move.new) == {"min100": 5_940, "purse": 25_000_000}
    assert move.call("reserve", "another", 1, requested=60)["result_code"] == 2001


async def test_a_session_nobody_ends_is_given_up(
    move: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "SESSIONS_END_WITHIN", service.SESSIONS_END_WITHIN * 0)
    move.call("reserve", "call", requested=60)
    done = await move.to(move.new)
    assert (done.status_code, done.json()["status"]) == (201, "completed")
    assert (await move.live(move.old))["reserved"] == 0
    late = move.call("commit", "call", 1, used=60)
    assert late["result_code"] == 2001
    # What was used of the old payer's grant is not the new one's to pay.
    assert (await move.live(move.old))["balance"] < 50_000_000
    assert await move.free(move.new) == {"min100": 6_000, "purse": 25_000_000}


async def test_who_cannot_have_it(move: Move) -> None:
    async def code(answer: httpx.Response) -> tuple[int, str]:
        return answer.status_code, answer.json()["code"]

    assert await code(await move.to(move.old)) == (422, "payer_unchanged")
    assert await code(await move.to(str(uuid4()))) == (404, "account_not_found")
    await move.api.put(f"/v1/customers/{move.new_customer}/status", {"marks": ["blocked"]})
    assert await code(await move.to(move.new)) == (409, "customer_barred")
    await move.api.put(f"/v1/customers/{move.new_customer}/status", {"marks": []})
    move.engine.connection.execute(
        "UPDATE account SET currency = 'USD' WHERE account_id = %s", (move.new,)
    )
    assert await code(await move.to(move.new)) == (409, "payer_currency_mismatch")
    await move.api.patch(f"/v1/lines/{move.line['id']}", {"status": "closed"})
    assert await code(await move.to(move.new)) == (409, "line_state_conflict")


async def test_what_the_engine_refuses_comes_home(move: Move) -> None:
    # An account the API knows and the engine does not.
    move.engine.connection.execute(
        "INSERT INTO account (tenant_id, account_id, customer_id, currency, overrun, shard,"
        " command_seq) SELECT tenant_id, %s, customer_id, currency, overrun, shard, command_seq"
        " FROM account WHERE account_id = %s",
        (ghost := str(uuid4()), move.new),
    )
    books = await cents(move.engine)
    answer = await move.to(ghost)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["status"], answer.json()["refusal"]) == ("returned", "account_unknown")
    shown = await move.shown()
    assert (shown["account_id"], shown["status"], shown["moving"]) == (move.old, "active", False)
    assert await move.free(move.old) == {"min100": 6_000, "purse": 25_000_000}
    assert await cents(move.engine) == books
    assert move.call("reserve", "call", requested=60)["result_code"] == 2001
    wrong = [check.name for check in payer_changes.CHECKS if await rows(move, check.query)]
    assert wrong == []


async def rows(move: Move, query: str) -> list[tuple[Any, ...]]:
    return move.engine.connection.execute(query).fetchall()


@pytest.mark.parametrize("done", range(4))
async def test_one_left_halfway_is_carried_on_once(move: Move, done: int) -> None:
    """The engine goes away after so many steps: whoever comes next finishes it, all at once."""
    apply, calls = move.engine.apply, 0

    async def some(shard: int, seq: int) -> dict[str, Any]:
        nonlocal calls
        calls += 1
        if calls > done:
            raise EngineUnavailable("down")
        return await apply(shard, seq)

    books = await cents(move.engine)
    move.engine.apply = some  # type: ignore[method-assign]
    waiting = await move.to(move.new, key="k-1")
    move.engine.apply = apply  # type: ignore[method-assign]
    state = ("freezing", "exporting", "importing", "releasing")[done]
    assert (waiting.status_code, waiting.json()["status"]) == (202, state)
    for _ in range(5):
        await move.engine_follows()
        await move.engine.materialise()
        await asyncio.gather(*(carrying_on.look(move.api.pool) for _ in range(3)))
    assert (await move.to(move.new, key="k-1")).json()["status"] == "completed"
    assert await move.free(move.old) == {}
    assert await move.free(move.new) == {"min100": 6_000, "purse": 25_000_000}
    assert await cents(move.engine) == books
    assert (await move.shown())["account_id"] == move.new


async def test_a_status_of_the_customers_finds_it_on_the_way(move: Move) -> None:
    """The new payer is blocked while the line is on its way to it."""
    move.call("reserve", "call", requested=60)
    assert (await move.to(move.new)).status_code == 202
    path = f"/v1/customers/{move.new_customer}/status"
    assert (await move.api.put(path, {"marks": ["blocked"]})).status_code == 200
    move.call("commit", "call", 1, used=60)
    for _ in range(6):
        await move.engine_follows()
        await move.carry_on()
    await move.engine_follows()
    shown = await move.shown()
    assert (shown["account_id"], shown["status"], shown["barred"]) == (move.new, "active", True)
    assert move.call("reserve", "another", requested=60)["result_code"] == 4010
    assert (await move.api.put(path, {"marks": []})).status_code == 200
    assert move.call("reserve", "another", requested=60)["result_code"] == 2001


async def test_a_message_repeated_after_the_change_is_not_paid_twice(move: Move) -> None:
    at = now_ms()
    first = move.call("debit", "message", 7, used=120, at=at)
    assert (await move.to(move.new)).status_code == 201
    again = move.call("debit", "message", 7, used=120, at=at)
    assert (again["cdr"], again["charged"]) == (first["cdr"], first["charged"])
    assert (await move.free(move.new))["min100"] == 5_880


async def test_what_follows_from_money_is_a_status(move: Move) -> None:
    async def status() -> tuple[str, list[str], bool]:
        shown = (await move.api.get(f"/v1/customers/{move.new_customer}/status")).json()
        return shown["status"], [each["status"] for each in shown["causes"]], shown["with_money"]

    assert await status() == ("ok", [], True)
    await move.api.put("/v1/transfer-terms/EUR", {"least": "1.00", "most": "50.00"})
    rest = {"amount": "10.00", "currency": "EUR", "to_account_id": move.old}
    sent = await move.api.post(f"/v1/accounts/{move.new}/transfers", rest, key="rest")
    assert sent.status_code == 201, sent.text
    assert await status() == ("no_available_funds", ["no_available_funds"], True)
    balance = await move.api.get(f"/v1/accounts/{move.new}/balance")
    assert balance.json()["statuses"] == ["no_available_funds"]
    path = f"/v1/customers/{move.new_customer}/status"
    await move.api.put(path, {"marks": ["frozen", "blocked"]})
    assert await status() == ("blocked", ["blocked", "no_available_funds", "frozen"], True)
