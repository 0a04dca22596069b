"""From the database to the same engine: snapshots, journal, and both together."""

from __future__ import annotations

import psycopg
import pytest
from tests.support.core_engine import CoreEngine
from tests.support.local_engine import LocalEngine, balances_of, new_core, now_ms
from tests.support.operator import Operator

from openmvno.charging.catalogs import Catalogs
from openmvno.charging.recovery import recover
from openmvno.work.housekeeping import replayed_from

SHARDS = 4
LINES = 12


def charge(engine: LocalEngine, operator: Operator, numbers: range, slices: int = 0) -> None:
    for number in numbers:
        engine.submit(operator.debit(f"session-{number}", 0, line=number % LINES))
        engine.commit(slices)


def test_the_journal_alone_brings_everything_back(database_url: str) -> None:
    operator = Operator(database_url, SHARDS)
    with LocalEngine(database_url, SHARDS) as engine:
        engine.apply_commands(operator, LINES)
        charge(engine, operator, range(60))
        expected = engine.balances(operator)
        commands = [engine.core.command_seq(shard) for shard in range(SHARDS)]
    core = new_core(SHARDS)
    found = recover(core, Catalogs(core), database_url, SHARDS)
    assert found.rows > 60
    assert balances_of(core, operator) == expected
    assert [core.command_seq(shard) for shard in range(SHARDS)] == commands


@pytest.mark.parametrize("slices", [1, 3, 100])
def test_snapshots_stand_for_the_journal_before_them(database_url: str, slices: int) -> None:
    operator = Operator(database_url, SHARDS)
    with LocalEngine(database_url, SHARDS) as engine:
        engine.apply_commands(operator, LINES)
        charge(engine, operator, range(200), slices)
        charge(engine, operator, range(200, 220))
        expected = engine.balances(operator)
        first = new_core(SHARDS)
        whole = recover(first, Catalogs(first), database_url, SHARDS)
        assert whole.slices >= SHARDS + 1
        assert balances_of(first, operator) == expected
        # What recovery does not read may be gone.
        for shard in range(SHARDS):
            engine.connection.execute(
                "DELETE FROM journal WHERE shard = %s AND seq < %s",
                (shard, first.replay_from(shard)),
            )
    second = new_core(SHARDS)
    recover(second, Catalogs(second), database_url, SHARDS)
    assert balances_of(second, operator) == expected


def test_a_slice_written_in_the_middle_of_traffic_loses_nothing(database_url: str) -> None:
    """Every prefix of a pass is a state the engine may crash in."""
    operator = Operator(database_url, SHARDS)
    with LocalEngine(database_url, SHARDS) as engine:
        engine.apply_commands(operator, LINES)
        for number in range(40):
            engine.submit(operator.debit(f"session-{number}", 0, line=number % LINES))
            engine.commit(1)
            core = new_core(SHARDS)
            recover(core, Catalogs(core), database_url, SHARDS)
            assert balances_of(core, operator) == engine.balances(operator), number


async def test_housekeeping_knows_where_recovery_begins(database_url: str) -> None:
    operator = Operator(database_url, SHARDS)
    with LocalEngine(database_url, SHARDS) as engine:
        engine.apply_commands(operator, LINES)
        charge(engine, operator, range(30), 100)
    core = new_core(SHARDS)
    recover(core, Catalogs(core), database_url, SHARDS)
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        oldest = await replayed_from(connection)
    assert oldest == min(core.replay_from(shard) for shard in range(SHARDS))


async def test_a_version_that_is_to_come_comes_after_a_restart(database_url: str) -> None:
    operator = Operator(database_url, SHARDS)
    instant = now_ms() + 3_600_000
    with CoreEngine(database_url, SHARDS) as engine:
        engine.apply_commands(operator, LINES)
        for place in operator.schedule("0.25", instant):
            assert await engine.apply(*place) == {"ok": True}
        charge(engine, operator, range(8), 100)
    after = CoreEngine(database_url, SHARDS)
    recover(after.core, Catalogs(after.core), database_url, SHARDS)
    after.start()
    for number, (at, price) in enumerate(((instant - 1, 50_000), (instant, 250_000))):
        request = {**operator.debit(f"after-{number}", 0), "at": at}
        assert after.charge(request)["charged"] == price
    after.connection.close()
