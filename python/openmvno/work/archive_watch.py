"""How much WAL waits to be archived: while it grows, the data folder's disk fills."""

from __future__ import annotations

import asyncio
import contextlib
import logging

import psycopg

log = logging.getLogger(__name__)

PERIOD_SECONDS = 30.0
WAITING = "SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'"


class ArchiveWatch:
    """Looks from time to time."""

    def __init__(self, conninfo: str) -> None:
        """``conninfo``: of a superuser."""
        self._conninfo = conninfo
        self.waiting = 0
        """Files that were written and are not archived yet."""

    async def run(self, stop: asyncio.Event) -> None:
        """Look until ``stop`` is set."""
        while not stop.is_set():
            try:
                await self.look()
            except (psycopg.Error, OSError) as error:
                log.warning("the archive cannot be watched: %s", str(error).strip())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), PERIOD_SECONDS)

    async def look(self) -> None:
        """Count once."""
        async with await psycopg.AsyncConnection.connect(
            self._conninfo, autocommit=True, application_name="openmvno archive watch"
        ) as connection:
            cursor = await connection.execute(WAITING)
            row = await cursor.fetchone()
        self.waiting = int(row[0]) if row is not None else 0
