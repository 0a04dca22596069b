"""A stock of WAL segments is laid in once, and commits find it recycled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg

from openmvno.database.wal_stock import lay_in

SEGMENT_MB = 16


async def segments(connection: psycopg.AsyncConnection[tuple[int]]) -> int:
    cursor = await connection.execute("SELECT count(*)::int FROM pg_ls_waldir()")
    row = await cursor.fetchone()
    assert row is not None
    return row[0]


@asynccontextmanager
async def kept(connection: psycopg.AsyncConnection[tuple[int]]) -> AsyncIterator[None]:
    """Checkpoints of the shared server, whoever asks for them, leave the segments in place."""
    await connection.execute("ALTER SYSTEM SET min_wal_size = '1GB'")
    await reload(connection, "1GB")
    try:
        yield
    finally:
        await connection.execute("ALTER SYSTEM RESET min_wal_size")
        await connection.execute("SELECT pg_reload_conf()")


async def reload(connection: psycopg.AsyncConnection[tuple[int]], size: str) -> None:
    await connection.execute("SELECT pg_reload_conf()")
    async with asyncio.timeout(10):
        while await shown(connection) != size:
            await asyncio.sleep(0.05)


async def shown(connection: psycopg.AsyncConnection[tuple[int]]) -> str:
    cursor = await connection.execute("SELECT current_setting('min_wal_size')")
    row = await cursor.fetchone()
    assert row is not None
    return str(row[0])


async def test_segments_are_made_and_kept(database_url: str) -> None:
    async with (
        await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection,
        kept(connection),
    ):
        # The second time there are spare ones: a switch takes one of them and makes none.
        for _ in range(2):
            before = await segments(connection)
            wanted = (before + 3) * SEGMENT_MB
            assert await lay_in(connection, wanted, pause_seconds=0) == 3
            assert await segments(connection) >= before + 3


async def test_no_stock_is_asked_for(database_url: str) -> None:
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        assert await lay_in(connection, 0, pause_seconds=0) == 0
