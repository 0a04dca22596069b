"""Partitions ahead of the rows, and old journal partitions away."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import timedelta

import psycopg
from opentelemetry import trace
from psycopg.rows import TupleRow

from openmvno import numbers, statistics, vouchers
from openmvno._core import Engine
from openmvno.access import forget_old_sessions
from openmvno.database import repeat
from openmvno.database.partitions import (
    drop_old_journal_partitions,
    ensure_daily_partitions,
    ensure_journal_partitions,
)
from openmvno.database.wal_stock import lay_in
from openmvno.rest.idempotency import forget_old_keys

log = logging.getLogger(__name__)
tracer = trace.get_tracer("openmvno.work")

# At 4,000 commits a second a journal partition lasts 40 minutes, and two are there ahead.
PERIOD_SECONDS = 300
JOURNAL_KEPT = timedelta(days=7)
# A system that is started to try something out is gone before.
WAL_STOCK_AFTER_SECONDS = 30
# An engine that only reads snapshot slices.
ENGINE_CONFIG = {"owner": 0, "origin_host": "housekeeping.invalid", "origin_realm": "invalid"}


async def run(conninfo: str, stop: asyncio.Event) -> None:
    """Keep house until ``stop`` is set."""
    trouble = "housekeeping waits for PostgreSQL"
    await repeat(lambda: keep_house(conninfo), PERIOD_SECONDS, stop, trouble)


async def stock_wal(conninfo: str, megabytes: int, stop: asyncio.Event) -> None:
    """Lay in WAL segments once, some time after the start, unless ``stop`` is set before."""
    try:
        await asyncio.wait_for(stop.wait(), WAL_STOCK_AFTER_SECONDS)
    except TimeoutError:
        try:
            async with await psycopg.AsyncConnection.connect(
                conninfo, autocommit=True, application_name="openmvno housekeeping"
            ) as connection:
                await lay_in(connection, megabytes)
        except (psycopg.Error, OSError) as error:
            log.warning("no WAL was laid in: %s", str(error).strip())


@tracer.start_as_current_span("housekeeping")
async def keep_house(conninfo: str) -> None:
    """One round."""
    async with await psycopg.AsyncConnection.connect(
        conninfo, autocommit=True, application_name="openmvno housekeeping"
    ) as connection:
        await ensure_journal_partitions(connection)
        await ensure_daily_partitions(connection, None)
        oldest = await replayed_from(connection)
        await drop_old_journal_partitions(connection, oldest, JOURNAL_KEPT)
        await forget_old_keys(connection)
        await forget_old_sessions(connection)
        await numbers.end_what_is_over(connection)
        await vouchers.forget_old(connection)
        await statistics.prune(connection)
        async with connection.transaction():
            await vouchers.expire(connection)


async def replayed_from(connection: psycopg.AsyncConnection[TupleRow]) -> int:
    """The lowest journal seq, of any shard, that a recovery starting now would read."""
    cursor = await connection.execute("SELECT coalesce(max(shards), 0) FROM installation")
    row = await cursor.fetchone()
    shards = row[0] if row else 0
    if shards == 0:
        return 0
    # The core alone knows where it would start: it reads it from the shards' own slices.
    engine = Engine(json.dumps(ENGINE_CONFIG | {"shards": shards}))
    binary = connection.cursor(binary=True)
    await binary.execute("SELECT shard, slice, seq, payload FROM snapshot_slice WHERE slice = -1")
    for shard, number, seq, payload in await binary.fetchall():
        engine.restore_slice(shard, number, seq, payload)
    return min(engine.replay_from(shard) for shard in range(shards))
