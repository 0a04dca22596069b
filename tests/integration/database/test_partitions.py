"""Partitions are there before the rows, and go only when nothing needs them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from openmvno.database import partitions
from openmvno.database.partitions import (
    JOURNAL_ROWS,
    drop_old_journal_partitions,
    ensure_daily_partitions,
    ensure_journal_partitions,
)

WEEK = timedelta(days=7)
Connection = psycopg.AsyncConnection[Any]


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[Connection]:
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as opened:
        await opened.execute("INSERT INTO installation (shards) VALUES (2)")
        await opened.execute("INSERT INTO materialiser_watermark (shard) VALUES (0), (1)")
        yield opened


async def names(connection: Connection, parent: str) -> list[str]:
    cursor = await connection.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass"
        " ORDER BY 1",
        (parent,),
    )
    return [row[0] for row in await cursor.fetchall()]


async def write(connection: Connection, seq: int, age: timedelta = timedelta()) -> None:
    await connection.execute(
        "INSERT INTO journal (shard, seq, owner, payload, written_at)"
        " SELECT s, %s, 1, '', now() - %s FROM generate_series(0, 1) AS s",
        (seq, age),
    )


async def test_two_journal_partitions_are_ahead(connection: Connection) -> None:
    await ensure_journal_partitions(connection)
    await ensure_journal_partitions(connection)
    assert await names(connection, "journal") == [
        "journal_000000",
        "journal_000001",
        "journal_default",
    ]
    await write(connection, JOURNAL_ROWS + 5)
    await ensure_journal_partitions(connection)
    assert "journal_000002" in await names(connection, "journal")


async def test_the_payload_stays_uncompressed_in_partitions(connection: Connection) -> None:
    await ensure_journal_partitions(connection)
    cursor = await connection.execute(
        "SELECT attstorage FROM pg_attribute WHERE attrelid = 'journal_000000'::regclass"
        " AND attname = 'payload'"
    )
    assert await cursor.fetchone() == ("e",)


async def test_rows_that_came_first_stay_where_they_are(connection: Connection) -> None:
    await write(connection, 1)
    await ensure_journal_partitions(connection)
    assert "journal_000000" not in await names(connection, "journal")
    cursor = await connection.execute("SELECT count(*) FROM journal")
    assert await cursor.fetchone() == (2,)


async def test_days_are_covered_from_the_oldest_on(connection: Connection) -> None:
    await ensure_daily_partitions(connection, datetime.now(UTC) - timedelta(days=2))
    for table in partitions.DAILY_TABLES:
        found = await names(connection, table)
        today = datetime.now(UTC).date()
        for day in range(-2, partitions.DAYS_AHEAD + 1):
            assert f"{table}_{today + timedelta(days=day):%Y%m%d}" in found


@pytest.mark.parametrize(
    ("age", "materialised", "balances", "replayed_from", "dropped"),
    [
        (8, JOURNAL_ROWS, JOURNAL_ROWS, JOURNAL_ROWS, ["journal_000000"]),
        (6, JOURNAL_ROWS, JOURNAL_ROWS, JOURNAL_ROWS, []),  # younger than a week
        (8, JOURNAL_ROWS - 1, JOURNAL_ROWS, JOURNAL_ROWS, []),  # CDRs to be written
        (8, JOURNAL_ROWS, JOURNAL_ROWS - 1, JOURNAL_ROWS, []),  # balances to be written
        (8, JOURNAL_ROWS, JOURNAL_ROWS, JOURNAL_ROWS - 1, []),  # recovery reads it
    ],
)
async def test_a_partition_goes_when_nothing_needs_it(
    connection: Connection,
    age: int,
    materialised: int,
    balances: int,
    replayed_from: int,
    dropped: list[str],
) -> None:
    await ensure_journal_partitions(connection)
    await write(connection, JOURNAL_ROWS - 1, timedelta(days=age))
    await write(connection, JOURNAL_ROWS)
    # The slower of two shards decides.
    await connection.execute(
        "UPDATE materialiser_watermark SET seq = %s + shard * 100, balances_seq = %s + shard * 100",
        (materialised, balances),
    )
    assert await drop_old_journal_partitions(connection, replayed_from, WEEK) == dropped
    cursor = await connection.execute("SELECT count(*) FROM journal")
    assert await cursor.fetchone() == (2 if dropped else 4,)
