"""Partitions created ahead of the rows, and dropped when nothing needs them.

A partition is made as a plain table and then attached: that takes no lock which would stop readers
or writers of the parent. Rows that came before their partition stay in the default partition; then
attaching that range is refused, and the default simply keeps serving it.
"""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

import psycopg
from psycopg import AsyncConnection, sql

log = logging.getLogger(__name__)

JOURNAL_ROWS: Final = 10_000_000  # seqs of every shard in one partition
JOURNAL_AHEAD: Final = 2
DAYS_AHEAD: Final = 3
DAILY_TABLES: Final = ("cdr", "posting")
LOCK_TIMEOUT: Final = "2s"
# Housekeeping of one installation runs once at a time.
PARTITION_LOCK: Final = int.from_bytes(b"OpenPart", "big")

Connection = AsyncConnection[Any]


async def ensure_journal_partitions(connection: Connection) -> None:
    """Make sure the journal has partitions for the next 20 million seqs of every shard.

    ``connection`` is in autocommit mode.
    """
    cursor = await connection.execute(
        "SELECT coalesce(max(last), 0) FROM installation CROSS JOIN LATERAL ("
        " SELECT (SELECT seq FROM journal WHERE shard = s ORDER BY seq DESC LIMIT 1) AS last"
        " FROM generate_series(0, shards - 1) AS s) AS lasts"
    )
    row = await cursor.fetchone()
    first = (row[0] if row else 0) // JOURNAL_ROWS
    for number in range(first, first + JOURNAL_AHEAD):
        await _ensure(
            connection,
            "journal",
            f"journal_{number:06d}",
            number * JOURNAL_ROWS,
            (number + 1) * JOURNAL_ROWS,
        )


async def ensure_daily_partitions(connection: Connection, oldest: datetime | None) -> None:
    """Make sure CDRs and postings have a partition for each day (UTC) from ``oldest`` (today when
    None) to three days ahead. ``connection`` is in autocommit mode."""
    today = datetime.now(UTC).date()
    first = today if oldest is None else min(today, oldest.astimezone(UTC).date())
    day = first
    while day <= today + timedelta(days=DAYS_AHEAD):
        for table in DAILY_TABLES:
            name = f"{table}_{day:%Y%m%d}"
            await _ensure(connection, table, name, _midnight(day), _midnight(day + timedelta(1)))
        day += timedelta(days=1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


async def _ensure(
    connection: Connection, parent: str, name: str, low: object, high: object
) -> None:
    if await _exists(connection, name):
        return
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", (PARTITION_LOCK,))
            if await _exists(connection, name):
                return
            await connection.execute("SELECT set_config('lock_timeout', %s, true)", (LOCK_TIMEOUT,))
            await connection.execute(
                "SELECT add_partition(%s, %s, %s, %s)", (parent, name, str(low), str(high))
            )
    except psycopg.errors.CheckViolation:
        log.info("%s: rows of its range are in the default partition, which keeps them", name)
    except psycopg.errors.LockNotAvailable:
        log.info("%s: the table is busy, tried again later", name)


async def _exists(connection: Connection, name: str) -> bool:
    # Not to_regclass(): within a transaction it may remember that there was no such table.
    cursor = await connection.execute(
        "SELECT EXISTS (SELECT FROM pg_class WHERE relname = %s AND pg_table_is_visible(oid))",
        (name,),
    )
    row = await cursor.fetchone()
    return bool(row and row[0])


DROPPABLE = """
SELECT c.relname
FROM pg_inherits i
JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'journal'::regclass AND c.relname ~ '^journal_[0-9]{6}$'
  AND (substr(c.relname, 9)::bigint + 1) * %(rows)s <= least(%(replayed_from)s, (
    SELECT min(least(seq, balances_seq)) FROM materialiser_watermark))
ORDER BY c.relname
"""


async def drop_old_journal_partitions(
    connection: Connection, replayed_from: int, keep: timedelta
) -> list[str]:
    """Drop journal partitions that every shard has passed and materialised, that recovery does not
    read (it starts at ``replayed_from`` or later), and whose last row is older than ``keep``.
    Returns their names. ``connection`` is in autocommit mode."""
    cursor = await connection.execute(
        DROPPABLE, {"rows": JOURNAL_ROWS, "replayed_from": replayed_from}
    )
    dropped = []
    for (name,) in await cursor.fetchall():
        partition = sql.Identifier(name)
        cursor = await connection.execute(
            sql.SQL("SELECT max(written_at) < now() - %s FROM {}").format(partition), (keep,)
        )
        row = await cursor.fetchone()
        if row is None or row[0] is False:
            continue
        async with connection.transaction():
            await connection.execute("SELECT set_config('lock_timeout', %s, true)", (LOCK_TIMEOUT,))
            await connection.execute(
                sql.SQL("ALTER TABLE journal DETACH PARTITION {}").format(partition)
            )
            await connection.execute(sql.SQL("DROP TABLE {}").format(partition))
        log.info("journal partition %s dropped", name)
        dropped.append(name)
    return dropped
