"""Statistics: what the API says was, against what the books say, after traffic of every kind."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast
from uuid import uuid4

import psycopg
import pytest
from litestar import Litestar
from tests.integration.api.conftest import Api
from tests.integration.api.test_books import everything, request
from tests.support.core_engine import CoreEngine

from openmvno import access, statistics
from openmvno.charging import EngineRates, EngineReport
from openmvno.provisioning import Sealer

STEPS = ("minute", "hour", "day")


@pytest.fixture
def engine(core_engine: CoreEngine) -> CoreEngine:
    return core_engine


async def shown(api: Api, **parameters: str) -> dict[str, Any]:
    response = await api.get("/v1/statistics", params=parameters)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def posted(engine: CoreEngine, ledger_account: str) -> Decimal:
    """Major units of a ledger account by the postings."""
    [(micros,)] = engine.connection.execute(
        "SELECT coalesce(sum(amount_micros), 0) FROM posting"
        " WHERE ledger_account = %s AND currency = 'EUR'",
        (ledger_account,),
    ).fetchall()
    return Decimal(micros) / 1_000_000


def euros(sums: list[dict[str, Any]]) -> Decimal:
    return sum((Decimal(each["amount"]) for each in sums if each["currency"] == "EUR"), Decimal(0))


async def test_money_is_that_of_the_postings_by_every_step(
    rich_api: Api, engine: CoreEngine, sealer: Sealer
) -> None:
    await everything(rich_api, engine, sealer)
    totals = []
    for step in STEPS:
        answer = await shown(rich_api, step=step)
        total = answer["total"]
        assert euros(total["revenue"]) == -posted(engine, "revenue") != 0
        assert euros(total["cash"]) == posted(engine, "cash") != 0
        points = [point["revenue"] for point in answer["points"]]
        assert sum(map(euros, points)) == euros(total["revenue"])
        totals.append(total)
    assert totals[0] == totals[1] == totals[2]


async def test_what_is_counted(rich_api: Api, engine: CoreEngine, sealer: Sealer) -> None:
    await everything(rich_api, engine, sealer)
    total = (await shown(rich_api, step="hour"))["total"]
    assert total["usage"] == [
        {
            "service": "voice",
            "kind": "session",
            "events": 1,
            "usage": 90,
            "currency": "EUR",
            "amount": total["usage"][0]["amount"],
        }
    ]
    assert (total["lines_opened"], total["lines_closed"], total["accounts_opened"]) == (3, 0, 3)
    # Three sign-ups with 10.00, a voucher of 4.00, 20.00 at the counter, 3.00 of what came.
    ways = {each["via"]: (each["events"], each["amount"]) for each in total["top_ups"]}
    assert ways == {"direct": (3, "30.00"), "payment": (2, "23.00"), "voucher": (1, "4.00")}
    movements = {(each["kind"], each["provider"]): each["amount"] for each in total["payments"]}
    assert movements[("receipt", "counter")] == "20.00"
    assert movements[("receipt", "bank")] == "7.00"
    assert movements[("fee", "counter")] == "0.30"
    assert movements[("payout", "counter")] == "5.00"
    assert movements[("chargeback", "bank")] == "6.00"
    assert total["failures"] == []


async def test_failures_say_what_failed_and_why(
    rich_api: Api, engine: CoreEngine, sealer: Sealer
) -> None:
    line = (await rich_api.sign_up())["line"]
    wrong = {"pin": "1234567890123456", "line_id": line["id"]}
    await rich_api.post("/v1/voucher-redemptions", wrong, key=str(uuid4()))
    header = "record_id,msisdn,service,started_at,usage\n"
    bad = (
        "R1,385910000001,no-such,2026-01-01T00:00:00Z,1\n"
        "R2,385919999999,voice,2026-01-01T00:00:00Z,1\n"
    )
    sent = await rich_api.post(
        "/v1/usage-files",
        content=header + bad,
        headers={"Content-Type": "text/csv"},
    )
    assert sent.status_code == 201, sent.text
    closed = await rich_api.patch(f"/v1/lines/{line['id']}", {"status": "closed"})
    assert closed.status_code == 200, closed.text
    await engine.materialise()
    total = (await shown(rich_api))["total"]
    assert total["failures"] == [
        {"area": "usage_record", "cause": "line_not_found", "events": 1},
        {"area": "usage_record", "cause": "service_unknown", "events": 1},
        {"area": "voucher", "cause": "pin_wrong", "events": 1},
    ]
    assert (total["lines_opened"], total["lines_closed"]) == (1, 1)


async def test_money_that_came_needs_the_scope(
    rich_api: Api, engine: CoreEngine, sealer: Sealer
) -> None:
    await everything(rich_api, engine, sealer)
    async with rich_api.pool.connection() as connection:
        token = await access.create_token(connection, rich_api.actor, "usage", ["usage:read"])
        none = await access.create_token(connection, rich_api.actor, "other", ["audit:read"])
    response = await rich_api.get("/v1/statistics", headers={"Authorization": f"Bearer {token}"})
    total = response.json()["total"]
    assert (total["cash"], total["top_ups"], total["payments"]) == (None, None, None)
    assert total["usage"]
    refused = await rich_api.get("/v1/statistics", headers={"Authorization": f"Bearer {none}"})
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")


async def test_a_bad_period_is_refused_by_its_field(api: Api) -> None:
    response = await api.get(
        "/v1/statistics", params={"step": "minute", "since": "2026-01-01T00:00:00Z"}
    )
    assert response.status_code == 422
    problem = response.json()
    assert (problem["code"], problem["field"]) == ("statistics_period_invalid", "since")
    assert (await api.get("/v1/statistics", params={"step": "week"})).status_code == 400


async def test_old_minutes_and_hours_go_and_days_stay(
    rich_api: Api, engine: CoreEngine, sealer: Sealer, database_url: str
) -> None:
    await everything(rich_api, engine, sealer)
    engine.connection.execute("UPDATE statistic SET at = at - interval '4 days'")
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        await statistics.prune(connection)
    kept = "SELECT DISTINCT step FROM statistic ORDER BY 1"
    assert engine.connection.execute(kept).fetchall() == [("day",), ("hour",)]


async def test_what_a_release_without_statistics_wrote_is_not_compared(
    rich_api: Api, engine: CoreEngine, database_url: str
) -> None:
    line = (await rich_api.sign_up())["line"]
    await engine.materialise()
    # As if the release before had been at work for the next rows.
    engine.charge(request(rich_api, line, "a", type="debit", number=0, used=60))
    await engine.materialise()
    engine.connection.execute("DELETE FROM statistic")
    [check] = statistics.CHECKS
    assert engine.connection.execute(check.query).fetchall()
    engine.connection.execute("UPDATE materialiser_watermark SET counted_seq = 0 WHERE seq > 0")
    assert engine.connection.execute(check.query).fetchall() == []
    engine.charge(request(rich_api, line, "b", type="debit", number=0, used=60))
    await engine.materialise()
    assert engine.connection.execute(check.query).fetchall() == []
    assert engine.connection.execute("SELECT count(*) FROM statistic").fetchall() != [(0,)]


class Clock:
    """Stands still until told."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def report(owner: int, **answers: int) -> EngineReport:
    """An engine with so many answers of each code."""
    ccr = [
        {"peer": "smf", "type": "initial", "result": int(code[1:]), "count": count}
        for code, count in answers.items()
    ]
    loads = [{"shard": 0, "busy_ns": 10**9}]
    figures = {"owner": owner, "ccr": ccr, "sessions": 5, "connections": 2, "shard_loads": loads}
    return EngineReport(f"127.0.0.1:{owner}", figures)


async def live(api: Api, **arguments: Any) -> dict[str, Any]:
    response = await api.get("/v1/charging/live", **arguments)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def test_live_figures_of_the_tenant_are_its_last_minutes(
    rich_api: Api, engine: CoreEngine
) -> None:
    line = (await rich_api.sign_up())["line"]
    engine.charge(request(rich_api, line, "a", type="debit", number=0, used=60))
    waiting = await live(rich_api)
    assert waiting["lag_seconds"] > 0
    assert waiting["cdrs"] == 0
    await engine.materialise()
    answer = await live(rich_api)
    assert (answer["lag_seconds"], answer["cdrs"]) == (0, 1)
    assert answer["cdrs_per_second"] > 0
    assert [each["currency"] for each in answer["revenue"]] == ["EUR"]
    assert answer["installation"]["engines"] == 1
    async with rich_api.pool.connection() as connection:
        token = await access.create_token(connection, rich_api.actor, "own", ["usage:read"])
    own = await live(rich_api, headers={"Authorization": f"Bearer {token}"})
    assert own["installation"] is None


class Engines:
    """Says what it is told to say, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.said: list[EngineReport] = []

    async def reports(self) -> list[EngineReport]:
        self.asked += 1
        return self.said


async def test_everyone_who_asks_within_a_second_shares_a_look(
    application: Litestar, api: Api
) -> None:
    engines, clock = Engines(), Clock()
    application.state.rates = EngineRates(cast("Any", engines), clock)
    engines.said = [report(1, c2001=100, c4012=10), report(2, c2001=7)]
    first = [(await live(api))["installation"] for _ in range(20)]
    assert engines.asked == 1
    assert first[0]["requests_per_second"] is None, "nobody looked before"
    assert [(each["result_code"], each["total"]) for each in first[0]["answers"]] == [
        (2001, 107),
        (4012, 10),
    ]
    clock.now += 2
    # The second engine has started anew: its counters began again.
    engines.said = [report(1, c2001=140, c4012=12), report(3, c2001=3)]
    second = (await live(api))["installation"]
    assert engines.asked == 2
    rates = {each["meaning"]: each["per_second"] for each in second["answers"]}
    assert rates == {"success": 20.0, "credit limit reached": 1.0}
    assert (second["requests_per_second"], second["open_sessions"]) == (21.0, 10)
    clock.now += 60
    third = (await live(api))["installation"]
    assert third["requests_per_second"] is None, "a mean of a minute is not now"
