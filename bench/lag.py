"""How far the materialiser is behind, as the database shows it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import psycopg
from psycopg.rows import TupleRow

from openmvno.work.journal_reader import oldest_waiting

PERIOD_SECONDS = 1.0
CATCH_UP_SECONDS = 600.0


async def _connect(url: str) -> psycopg.AsyncConnection[TupleRow]:
    return await psycopg.AsyncConnection.connect(
        url, autocommit=True, application_name="openmvno bench"
    )


async def _lag_seconds(connection: psycopg.AsyncConnection[TupleRow]) -> float | None:
    """Age of the oldest journal row that is not materialised; None when there is none."""
    oldest = await oldest_waiting(connection)
    return None if oldest is None else max(0.0, (datetime.now(UTC) - oldest).total_seconds())


@contextlib.asynccontextmanager
async def sampling(url: str) -> AsyncIterator[list[float]]:
    """Collects the lag once a second while inside, in seconds."""
    samples: list[float] = []
    async with await _connect(url) as connection:

        async def sample() -> None:
            while True:
                samples.append(await _lag_seconds(connection) or 0.0)
                await asyncio.sleep(PERIOD_SECONDS)

        task = asyncio.create_task(sample())
        try:
            yield samples
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def catch_up(url: str) -> float:
    """Wait until everything is materialised; seconds it took.

    Raises:
        RuntimeError: it does not come to an end.
    """
    began = time.monotonic()
    async with await _connect(url) as connection:
        while await _lag_seconds(connection) is not None:
            if time.monotonic() - began > CATCH_UP_SECONDS:
                raise RuntimeError(f"The materialiser is behind after {CATCH_UP_SECONDS:.0f} s.")
            await asyncio.sleep(0.1)
    return time.monotonic() - began
