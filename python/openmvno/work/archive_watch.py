"""How much WAL waits to be archived: while it grows, the data folder's disk fills."""

from __future__ import annotations

import asyncio

import psycopg

from openmvno.database import repeat

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
        await repeat(self.look, PERIOD_SECONDS, stop, "the archive cannot be watched")

    async def look(self) -> None:
        """Count once."""
        async with await psycopg.AsyncConnection.connect(
            self._conninfo, autocommit=True, application_name="openmvno archive watch"
        ) as connection:
            cursor = await connection.execute(WAITING)
            row = await cursor.fetchone()
        self.waiting = int(row[0]) if row is not None else 0
