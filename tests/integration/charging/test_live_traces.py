"""Live traces of the real core: whose exchanges are kept, how many, and how full shards are."""

from __future__ import annotations

import json

from tests.support.local_engine import LocalEngine
from tests.support.operator import Operator

from openmvno import _core

KEPT = 1_000


def subject(operator: Operator, session: str) -> bytes:
    return json.dumps({"tenant": str(operator.tenant), "session": session}).encode()


def test_what_is_not_fetched_in_time_makes_room_and_is_counted(database_url: str) -> None:
    operator = Operator(database_url, 2)
    with LocalEngine(database_url, 2) as engine:
        engine.apply_commands(operator)
        trace = engine.core.trace_start(subject(operator, "s"))
        assert trace is not None
        for number in range(KEPT + 5):
            engine.submit({**operator.debit("s", number), "type": "price"})
        exchanges, not_shown = engine.core.trace_take(trace)
        assert (len(exchanges), not_shown) == (KEPT, 5)
        assert {exchange.session for exchange in exchanges} == {"s"}
        assert json.loads(exchanges[0].request)["number"] == 5, "the oldest made room"
        assert engine.core.trace_take(trace) == ([], 0)
        engine.core.trace_stop(trace)
        engine.submit(operator.debit("s", 5_000))
        engine.commit()
        assert engine.core.trace_take(trace) == ([], 0)


def test_an_exchange_holds_what_it_did_and_nothing_is_copied_of_others(database_url: str) -> None:
    operator = Operator(database_url, 2)
    with LocalEngine(database_url, 2) as engine:
        engine.apply_commands(operator)
        trace = engine.core.trace_start(subject(operator, "s"))
        stranger = Operator(database_url, 2)
        foreign = engine.core.trace_start(subject(stranger, "s"))
        assert trace is not None
        assert foreign is not None
        engine.submit(operator.debit("another", 0))
        engine.submit(operator.debit("s", 0))
        assert engine.core.trace_take(trace) == ([], 0), "nothing before it is durable"
        engine.commit()
        assert engine.core.trace_take(foreign) == ([], 0), "a session of another tenant"
        ((exchange,), _) = engine.core.trace_take(trace)
        before, after = json.loads(exchange.before), json.loads(exchange.after)
        assert before["account"]["balance"] - after["account"]["balance"] == 50_000
        (record,) = json.loads(_core.describe(exchange.journal))
        assert [
            effect["recorded"]["amount"] for effect in record["effects"] if "recorded" in effect
        ] == [50_000]


def test_only_eight_run_at_once(database_url: str) -> None:
    operator = Operator(database_url, 2)
    with LocalEngine(database_url, 2) as engine:
        running = [engine.core.trace_start(subject(operator, "s")) for _ in range(8)]
        assert None not in running
        assert engine.core.trace_start(subject(operator, "s")) is None
        engine.core.trace_stop(running[0] or 0)
        assert engine.core.trace_start(subject(operator, "s")) is not None


def test_a_shard_tells_how_full_and_how_busy_it_is(database_url: str) -> None:
    operator = Operator(database_url, 2)
    with LocalEngine(database_url, 2) as engine:
        engine.apply_commands(operator)
        for number in range(200):
            engine.submit(operator.debit("s", number))
        engine.commit()
        shards = json.loads(engine.core.statistics())["shard_loads"]
        assert [shard["shard"] for shard in shards] == [0, 1]
        assert sum(shard["accounts"] for shard in shards) == len(operator.accounts)
        assert sum(shard["answers"] for shard in shards) == 200
        (busy,) = [shard for shard in shards if shard["answers"]]
        assert busy["busy_ns"] > 0
        assert (busy["queued"], busy["pending_bytes"]) == (0, 0)
        assert busy["queue_limit"] > 0
        assert busy["memory_limit"] > 200
