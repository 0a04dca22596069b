"""The materialiser over journals the real core wrote: exactly once, whatever dies when."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import psycopg
import pytest
from tests.support.local_engine import LocalEngine
from tests.support.operator import Operator

from openmvno import _core, events, statistics
from openmvno.work import balances, journal_reader
from openmvno.work import materialiser as module
from openmvno.work.journal_reader import JournalGapError, last_seqs, refuse_gaps, rows_beyond
from openmvno.work.materialiser import Materialiser, OvertakenError

SHARDS = 4
LINES = 6
DEBITS = 40
SMS = 50_000
TOP_UP = 10_000_000
LOW = 9_800_000
"""Balance under which each account's owner is told once."""


def query(conninfo: str, statement: str) -> list[Any]:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        return connection.execute(statement).fetchall()


@pytest.fixture
def journal(database_url: str) -> Operator:
    """A database whose journal has sign-ups and debits, none of them materialised."""
    operator = Operator(database_url, SHARDS)
    with LocalEngine(database_url, SHARDS) as engine:
        engine.apply_commands(operator, LINES, low_balance=LOW)
        engine.connection.execute(
            "INSERT INTO provisioning_target (tenant_id, name, url, sealed_secret)"
            " VALUES (%s, 'crm', 'http://crm.invalid/', '')",
            (operator.tenant,),
        )
        for number in range(DEBITS):
            engine.submit(operator.debit(f"session-{number}", 0, line=number % LINES))
            if number % 7 == 0:
                engine.commit()
        engine.commit()
    return operator


@pytest.fixture
async def connection(
    database_url: str,
) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as opened:
        yield opened


def check_all_is_there_once(conninfo: str) -> None:
    assert query(
        conninfo, "SELECT count(*), count(DISTINCT cdr_id), sum(amount_micros) FROM cdr"
    ) == [(DEBITS, DEBITS, DEBITS * SMS)]
    assert query(conninfo, "SELECT sum(amount_micros) FROM posting") == [(0,)]
    unbalanced = "SELECT cause_id FROM posting GROUP BY 1 HAVING sum(amount_micros) <> 0"
    assert query(conninfo, unbalanced) == []
    assert query(conninfo, "SELECT count(*) FROM posting WHERE ledger_account = 'revenue'") == [
        (DEBITS,)
    ]
    outcomes = "SELECT count(*), count(outcome->>'ok') FROM engine_command"
    assert query(conninfo, outcomes) == [(SHARDS + 4 * LINES,) * 2]

    check_events(conninfo)
    check_statistics(conninfo)


def check_statistics(conninfo: str) -> None:
    """Every row counts once in each step, and money is that of the postings."""
    for step in ("minute", "hour", "day"):
        counted = (
            "SELECT measure, kind, sum(events)::int, sum(amount_micros)::bigint FROM statistic"
            f" WHERE step = '{step}' GROUP BY 1, 2 ORDER BY 1, 2"
        )
        posted = (
            "SELECT 'posting', ledger_account, count(*)::int, sum(amount_micros)::bigint"
            " FROM posting GROUP BY 2 ORDER BY 2"
        )
        assert query(conninfo, counted) == [
            ("account", "opened", LINES, 0),
            ("line", "opened", LINES, 0),
            *query(conninfo, posted),
            ("usage", "sms", DEBITS, DEBITS * SMS),
        ], step
    assert query(conninfo, statistics.CHECKS[0].query) == []


def check_events(conninfo: str) -> None:
    """Each account has spent more than 0.20: each was told once, in tables and to the target."""
    told = "SELECT count(*), count(DISTINCT account_id), min(kind), max(kind) FROM engine_event"
    assert query(conninfo, told) == [(LINES, LINES, "low_balance", "low_balance")]
    handed_over = (
        "SELECT count(*), count(DISTINCT subject_id), min(sequence), max(sequence), min(event)"
        " FROM outbox JOIN outbox_delivery USING (tenant_id, event_id, subject_id, sequence)"
        " JOIN engine_event USING (tenant_id, event_id)"
        " WHERE payload ->> 'account' = account_id::text AND target = 'crm'"
    )
    assert query(conninfo, handed_over) == [(LINES, LINES, 1, 1, "charging.low_balance")]


def check_balances(conninfo: str) -> None:
    assert query(conninfo, "SELECT count(*), sum(balance_micros) FROM account_balance") == [
        (LINES, LINES * TOP_UP - DEBITS * SMS)
    ]
    behind = "SELECT count(*) FROM materialiser_watermark WHERE balances_seq < seq"
    assert query(conninfo, behind) == [(0,)]


async def test_every_debit_becomes_one_cdr_and_one_balanced_posting(
    journal: Operator, connection: psycopg.AsyncConnection[Any], database_url: str
) -> None:
    materialiser = Materialiser(database_url)
    await materialiser.prepare(connection)
    while await materialiser.step(connection):
        pass
    await materialiser.balances.refresh(connection)
    check_all_is_there_once(database_url)
    check_balances(database_url)
    assert not await materialiser.step(connection)


async def test_cdrs_go_into_the_partition_of_their_day(
    journal: Operator, connection: psycopg.AsyncConnection[Any], database_url: str
) -> None:
    materialiser = Materialiser(database_url)
    await materialiser.prepare(connection)
    while await materialiser.step(connection):
        pass
    assert query(database_url, "SELECT count(*) FROM cdr_default") == [(0,)]
    assert query(database_url, "SELECT count(*) FROM posting_default") == [(0,)]


class KilledError(Exception):
    """The process died here."""


KILL_POINTS = [
    "watermark",
    "cdr",
    "posting",
    "events",
    "outcomes",
    "statistics",
    "after commit",
    "balances",
]


def _interrupt(
    materialiser: Materialiser, point: str, monkeypatch: pytest.MonkeyPatch, pid: int
) -> None:
    """Have the materialiser die after the step called ``point``, its session with it."""

    def die() -> None:
        with psycopg.connect(materialiser._conninfo, autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
        raise KilledError

    def dying(target: object, name: str) -> None:
        original = getattr(target, name)

        async def replacement(*arguments: Any) -> None:
            await original(*arguments)
            if name != "_copy" or arguments[1] == point:
                die()

        monkeypatch.setattr(target, name, replacement)

    def collect(*_: Any) -> None:
        die()

    if point == "after commit":
        monkeypatch.setattr(materialiser.balances, "collect", collect)
    else:
        dying(*STEPS[point](materialiser))


STEPS: dict[str, Callable[[Materialiser], tuple[object, str]]] = {
    "watermark": lambda materialiser: (materialiser, "_move_watermark"),
    "cdr": lambda _: (module, "_copy"),
    "posting": lambda _: (module, "_copy"),
    "events": lambda _: (events, "record_events"),
    "outcomes": lambda _: (module, "_note_outcomes"),
    "statistics": lambda _: (statistics, "count"),
    "balances": lambda _: (balances, "upsert"),
}


async def _all(materialiser: Materialiser, connection: psycopg.AsyncConnection[Any]) -> None:
    while await materialiser.step(connection):
        pass
    await materialiser.balances.refresh(connection)


@pytest.mark.parametrize("point", KILL_POINTS)
async def test_killed_between_steps_nothing_is_lost_or_doubled(
    journal: Operator, database_url: str, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    doomed = Materialiser(database_url)
    with monkeypatch.context() as patch:
        connection = await psycopg.AsyncConnection.connect(database_url, autocommit=True)
        await doomed.prepare(connection)
        _interrupt(doomed, point, patch, connection.info.backend_pid)
        with pytest.raises((KilledError, psycopg.OperationalError)):
            await _all(doomed, connection)
        await connection.close()
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        survivor = Materialiser(database_url)
        await survivor.prepare(connection)
        await _all(survivor, connection)
    check_all_is_there_once(database_url)
    check_balances(database_url)


async def test_two_materialisers_do_not_double(journal: Operator, database_url: str) -> None:
    stop = asyncio.Event()
    both = [asyncio.create_task(Materialiser(database_url).run(stop)) for _ in range(2)]
    async with asyncio.timeout(20):
        # In a thread: the query may wait for a lock that a materialiser of this loop holds.
        while await asyncio.to_thread(query, database_url, "SELECT count(*) FROM cdr") != [
            (DEBITS,)
        ]:
            await asyncio.sleep(0.05)
    stop.set()
    await asyncio.gather(*both)
    check_all_is_there_once(database_url)
    check_balances(database_url)


async def test_a_materialiser_that_was_overtaken_writes_nothing(
    journal: Operator, connection: psycopg.AsyncConnection[Any], database_url: str
) -> None:
    slow = Materialiser(database_url)
    await slow.prepare(connection)
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as other:
        quick = Materialiser(database_url)
        await quick.prepare(other)
        while await quick.step(other):
            pass
    with pytest.raises(OvertakenError):
        await slow.step(connection)
    check_all_is_there_once(database_url)


def test_a_missing_journal_row_is_never_skipped() -> None:
    refuse_gaps([(0, 4, b""), (0, 5, b""), (1, 1, b"")], {0: 3, 1: 0})
    with pytest.raises(JournalGapError, match="shard 0: row 4 is missing"):
        refuse_gaps([(0, 5, b"")], {0: 3})
    with pytest.raises(JournalGapError, match="row 5 is missing"):
        refuse_gaps([(0, 4, b""), (0, 6, b"")], {0: 3})
    with pytest.raises(JournalGapError, match="shard 2: row 8 is missing"):
        refuse_gaps([(0, 4, b""), (2, 7, b""), (2, 9, b""), (2, 11, b"")], {0: 3, 2: 6})


def test_the_last_row_of_each_shard_is_found() -> None:
    rows = [(0, 4, b""), (2, 7, b""), (2, 8, b""), (3, 1, b""), (3, 2, b"")]
    assert last_seqs(rows) == {0: 4, 2: 8, 3: 2}
    assert last_seqs([]) == {}


async def test_a_hole_in_the_journal_stops_the_materialiser(
    journal: Operator, connection: psycopg.AsyncConnection[Any], database_url: str
) -> None:
    [(shard, last)] = query(
        database_url, "SELECT shard, max(seq) FROM journal GROUP BY 1 ORDER BY 2 DESC LIMIT 1"
    )
    hole = "DELETE FROM journal WHERE shard = %s AND seq = %s"
    await connection.execute(hole, (shard, last // 2))
    materialiser = Materialiser(database_url)
    await materialiser.prepare(connection)
    with pytest.raises(JournalGapError, match=f"shard {shard}: row {last // 2} is missing"):
        await materialiser.step(connection)
    assert query(database_url, "SELECT count(*) FROM cdr") == [(0,)]


async def test_rows_are_read_up_to_a_number_of_octets_and_of_rows(
    journal: Operator,
    connection: psycopg.AsyncConnection[Any],
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However little is read at a time, nothing is left out, and no shard waits for another."""
    beginning = dict.fromkeys(range(SHARDS), 0)
    one_each = await rows_beyond(connection, beginning, bytes_limit=1)
    assert [row[:2] for row in one_each] == [(shard, 1) for shard in range(SHARDS)]
    monkeypatch.setattr(journal_reader, "ROWS_A_SHARD", 2)
    materialiser = Materialiser(database_url)
    await materialiser.prepare(connection)
    await _all(materialiser, connection)
    check_all_is_there_once(database_url)
    check_balances(database_url)


def test_the_journal_can_be_read_by_people(journal: Operator, database_url: str) -> None:
    payloads = query(database_url, "SELECT payload FROM journal ORDER BY shard, seq LIMIT 1")
    assert json.loads(_core.describe(bytes(payloads[0][0])))
