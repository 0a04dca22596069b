"""Partitions ahead of the rows, and old journal partitions away."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import psycopg

from openmvno.database.partitions import (
    drop_old_journal_partitions,
    ensure_daily_partitions,
    ensure_journal_partitions,
)

log = logging.getLogger(__name__)

# At 4,000 commits a second a journal partition lasts 40 minutes, and two are there ahead.
PERIOD_SECONDS = 300
JOURNAL_KEPT = timedelta(days=7)


async def run(conninfo: str, stop: asyncio.Event) -> None:
    """Keep house until ``stop`` is set."""
    while not stop.is_set():
        try:
            await keep_house(conninfo)
        except (psycopg.Error, OSError) as error:
            log.warning("housekeeping waits for PostgreSQL: %s", str(error).strip())
        try:
            await asyncio.wait_for(stop.wait(), PERIOD_SECONDS)
        except TimeoutError:
            continue


async def keep_house(conninfo: str) -> None:
    """One round."""
    async with await psycopg.AsyncConnection.connect(
        conninfo, autocommit=True, application_name="openmvno housekeeping"
    ) as connection:
        await ensure_journal_partitions(connection)
        await ensure_daily_partitions(connection, None)
        await drop_old_journal_partitions(connection, JOURNAL_KEPT)
