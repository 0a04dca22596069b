"""The materialiser: expands the journal into CDRs, postings, events, outcomes and balances, exactly
once.

Rows and watermark move in one transaction, so a kill at any point repeats nothing and loses
nothing. With synchronous_commit off a crash of PostgreSQL may undo the last transactions; they
are undone whole, and done again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
from opentelemetry import trace
from psycopg import AsyncConnection

from openmvno import _core, events, payments, statistics
from openmvno.database.partitions import ensure_daily_partitions
from openmvno.work.balances import BalanceProjection
from openmvno.work.journal_reader import (
    JournalGapError,
    Row,
    last_seqs,
    oldest_waiting,
    rows_beyond,
    watermarks,
)

log = logging.getLogger(__name__)
tracer = trace.get_tracer("openmvno.work")

PERIOD_SECONDS = 0.1
LAG_PERIOD_SECONDS = 1.0

MOVE_WATERMARK = """
UPDATE materialiser_watermark AS w SET seq = t.last, moved_at = now(), counted_seq = t.last,
    counted_from = CASE WHEN w.counted_seq = w.seq THEN w.counted_from
                        WHEN w.seq = 0 THEN '-infinity' ELSE now() END
FROM unnest(%s::int4[], %s::int8[], %s::int8[]) AS t(shard, was, last)
WHERE w.shard = t.shard AND w.seq = t.was
"""
NOTE_OUTCOMES = """
UPDATE engine_command AS c SET outcome = t.outcome::jsonb, applied_at = now()
FROM unnest(%s::int4[], %s::int8[], %s::text[]) AS t(shard, seq, outcome)
WHERE c.shard = t.shard AND c.seq = t.seq
"""
# What an expansion writes, in its order (rust_core/node/src/expand.rs). Named, since a newer schema
# may have further columns while this release still works on it.
COLUMNS = {
    "cdr": "tenant_id, cdr_id, account_id, line_id, recorded_at, session_id, request_number, kind,"
    " service, direction, destination, rating_group, started_at, ended_at, usage, currency,"
    " amount_micros, overrun_micros, balance_after_micros, catalog_version, product, rate, cause,"
    " refers_to, correlation, origin_host, shard, journal_seq, parts, partners, inputs",
    "posting": "tenant_id, recorded_at, cause_id, account_id, ledger_account, currency,"
    " amount_micros, shard, journal_seq",
}
Expand = Callable[[list[Row]], _core.Expansion]


class OvertakenError(Exception):
    """Another materialiser moved the watermark: nothing was written, look again."""


class Materialiser:
    """Follows the journal."""

    def __init__(self, conninfo: str, expand: Expand = _core.expand) -> None:
        self._conninfo = conninfo
        self._expand = expand
        self._seqs: dict[int, int] = {}
        self.balances = BalanceProjection()
        self.lag_seconds = 0.0
        self.records = 0
        self.cdrs = 0
        self.charged: dict[str, int] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Materialise until ``stop`` is set; connection troubles are waited out."""
        while not stop.is_set():
            try:
                connection = await psycopg.AsyncConnection.connect(
                    self._conninfo, autocommit=True, application_name="openmvno materialiser"
                )
                async with connection:
                    await self.prepare(connection)
                    await self._follow(connection, stop)
            except (psycopg.Error, OSError) as error:
                log.warning("the materialiser waits for PostgreSQL: %s", str(error).strip())
                await _pause(stop, 1)
            except JournalGapError:
                log.exception("the materialiser stands still")
                await _pause(stop, 10)

    async def prepare(self, connection: AsyncConnection[Any]) -> None:
        """Take up where the last run ended. ``connection`` is in autocommit mode."""
        await connection.execute("SET synchronous_commit = off")
        await connection.execute("SET jit = off")
        await statistics.prepare(connection)
        await ensure_daily_partitions(connection, await oldest_waiting(connection))
        self.balances.clear()
        await self._load_watermarks(connection)
        await self._recover_balances(connection)

    async def _load_watermarks(self, connection: AsyncConnection[Any]) -> None:
        self._seqs = {mark.shard: mark.seq for mark in await watermarks(connection)}

    async def _recover_balances(self, connection: AsyncConnection[Any]) -> None:
        """Refresh the balances that the last run had read but not written."""
        marks = await watermarks(connection)
        behind = {mark.shard: mark.balances_seq for mark in marks if mark.balances_seq < mark.seq}
        while behind:
            rows = await rows_beyond(connection, behind)
            rows = [row for row in rows if row[1] <= self._seqs[row[0]]]
            expansion = await asyncio.to_thread(self._expand, rows)
            self.balances.collect(expansion, last_seqs(rows))
            await self.balances.refresh(connection)
            behind |= last_seqs(rows)
            behind = {shard: seq for shard, seq in behind.items() if seq < self._seqs[shard]}

    async def _follow(self, connection: AsyncConnection[Any], stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        lag_due = 0.0
        async with self.balances.refreshing(self._conninfo):
            while not stop.is_set():
                begun = loop.time()
                moved = await self._step_or_look_again(connection)
                if begun >= lag_due:
                    await self.count_notes(connection)
                    await self._measure_lag(connection)
                    lag_due = begun + LAG_PERIOD_SECONDS
                rest = PERIOD_SECONDS - (loop.time() - begun)
                if rest > 0 or not moved:
                    await _pause(stop, max(0.0, rest))
        await self.balances.refresh(connection)

    async def _step_or_look_again(self, connection: AsyncConnection[Any]) -> bool:
        try:
            return await self.step(connection)
        except OvertakenError:
            log.warning("another materialiser is at work on this installation")
            await self._load_watermarks(connection)
            return False

    async def step(self, connection: AsyncConnection[Any]) -> bool:
        """Materialise the next journal rows in one transaction; whether there were any.

        Raises:
            OvertakenError: another materialiser was here; nothing is written.
        """
        rows = await rows_beyond(connection, self._seqs)
        if not rows:
            await self._notice_new_shards(connection)
            return False
        with tracer.start_as_current_span("materialise") as span:
            last = last_seqs(rows)
            expansion = await self._write(connection, rows, last)
            span.set_attribute("openmvno.journal.rows", len(rows))
            span.set_attribute("openmvno.cdrs", expansion.cdr_count)
        self._seqs.update(last)
        self.balances.collect(expansion, last)
        self.records += expansion.records
        self.cdrs += expansion.cdr_count
        for currency, micros in expansion.charged.items():
            self.charged[currency] = self.charged.get(currency, 0) + micros
        return True

    async def _write(
        self, connection: AsyncConnection[Any], rows: list[Row], last: dict[int, int]
    ) -> _core.Expansion:
        expansion = await asyncio.to_thread(self._expand, rows)
        async with connection.transaction():
            # First, so that a second materialiser waits here and then finds it moved.
            await self._move_watermark(connection, last)
            await _copy(connection, "cdr", expansion.cdr_count, expansion.cdr_copy)
            await _copy(connection, "posting", expansion.posting_count, expansion.posting_copy)
            if expansion.event_count:
                await events.record_events(connection, expansion.event_copy)
                await payments.note_low_balances(connection)
            outcomes = expansion.outcomes
            await _note_outcomes(connection, outcomes)
            commands = [(shard, seq) for shard, seq, _ in outcomes]
            await statistics.count(connection, expansion.sums, commands)
        return expansion

    async def _notice_new_shards(self, connection: AsyncConnection[Any]) -> None:
        """A new installation gets its shards when its first engine starts."""
        if not self._seqs:
            await self._load_watermarks(connection)

    async def _move_watermark(self, connection: AsyncConnection[Any], last: dict[int, int]) -> None:
        shards = list(last)
        cursor = await connection.execute(
            MOVE_WATERMARK,
            (shards, [self._seqs[shard] for shard in shards], list(last.values())),
        )
        if cursor.rowcount != len(shards):
            raise OvertakenError

    async def count_notes(self, connection: AsyncConnection[Any]) -> None:
        """Count what no journal tells of. ``connection`` is in autocommit mode."""
        while await statistics.count_notes(connection):
            pass

    async def _measure_lag(self, connection: AsyncConnection[Any]) -> None:
        oldest = await oldest_waiting(connection)
        waited = (datetime.now(UTC) - oldest).total_seconds() if oldest else 0.0
        self.lag_seconds = max(0.0, waited)


async def _copy(connection: AsyncConnection[Any], table: str, count: int, stream: bytes) -> None:
    if count == 0:
        return
    async with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({COLUMNS[table]}) FROM STDIN (FORMAT binary)") as copy,
    ):
        await copy.write(stream)


async def _note_outcomes(
    connection: AsyncConnection[Any], outcomes: list[tuple[int, int, str]]
) -> None:
    if outcomes:
        shards, seqs, texts = zip(*outcomes, strict=True)
        await connection.execute(NOTE_OUTCOMES, (list(shards), list(seqs), list(texts)))


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
