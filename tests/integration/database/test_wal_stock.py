"""A stock of WAL segments is laid in once, and commits find it recycled."""

from __future__ import annotations

import psycopg

from openmvno.database.wal_stock import lay_in

SEGMENT_MB = 16


async def segments(connection: psycopg.AsyncConnection[tuple[int]]) -> int:
    cursor = await connection.execute("SELECT count(*)::int FROM pg_ls_waldir()")
    row = await cursor.fetchone()
    assert row is not None
    return row[0]


async def test_segments_are_made_and_kept(database_url: str) -> None:
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        before = await segments(connection)
        wanted = (before + 3) * SEGMENT_MB
        assert await lay_in(connection, wanted, pause_seconds=0) == 3
        # The server is shared and recycles by its own rules, but does not throw them all away.
        assert await segments(connection) > before


async def test_no_stock_is_asked_for(database_url: str) -> None:
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        assert await lay_in(connection, 0, pause_seconds=0) == 0
