"""A standby: follows the owner's journal in its own memory until the shards become its own."""

from __future__ import annotations

import asyncio
import logging
import time

import psycopg

from openmvno._core import Engine
from openmvno.charging import ownership
from openmvno.charging.catalogs import Catalogs
from openmvno.charging.lease import LeaseWatch

log = logging.getLogger(__name__)

# How often the journal and the owner's lock are looked at.
LOOK_SECONDS = 0.1
LEASE_LOOK_SECONDS = 1.0
# Journal rows of each shard taken at a time.
ROWS_A_LOOK = 200

NEXT_ROWS = (
    "SELECT j.shard, j.seq, j.payload"
    " FROM unnest(%s::int4[], %s::int8[]) AS known(shard, seq)"
    " CROSS JOIN LATERAL (SELECT * FROM journal"
    "  WHERE shard = known.shard AND seq > known.seq ORDER BY seq LIMIT %s) AS j"
    " ORDER BY j.shard, j.seq"
)


class Standby:
    """Keeps an engine that owns nothing as far as the journal goes."""

    def __init__(self, engine: Engine, catalogs: Catalogs, conninfo: str, shards: int) -> None:
        """``engine`` has recovered and not begun; ``catalogs``: those it has."""
        self._engine = engine
        self._conninfo = conninfo
        self._shards = list(range(shards))
        self._catalogs = catalogs
        self.rows = 0
        """Journal rows followed."""

    async def until_owner(
        self, connection: ownership.Connection, stop: asyncio.Event
    ) -> ownership.Connection | None:
        """Follow until a session holds the engine's lock; that session, or None when asked to
        stop before. ``connection`` is replaced when it is lost."""
        while not stop.is_set():
            try:
                if await self._follow_until_lock(connection, stop):
                    await self._catch_up(connection)
                    return connection
            except (psycopg.Error, OSError) as error:
                log.warning("the standby waits for PostgreSQL: %s", str(error).strip())
                await connection.close()
                connection = await self._reconnect(stop, connection)
        await connection.close()
        return None

    async def _catch_up(self, connection: ownership.Connection) -> None:
        """Replay what the journal holds beyond what is known."""
        while await self._look(connection):
            pass

    async def _follow_until_lock(
        self, connection: ownership.Connection, stop: asyncio.Event
    ) -> bool:
        watch = LeaseWatch()
        looked_at = time.monotonic()
        while not await ownership.try_lock(connection):
            await self._catch_up(connection)
            if time.monotonic() - looked_at >= LEASE_LOOK_SECONDS:
                looked_at = time.monotonic()
                await watch.end_lapsed_owner(connection)
            try:
                await asyncio.wait_for(stop.wait(), LOOK_SECONDS)
                return False
            except TimeoutError:
                continue
        return True

    async def _look(self, connection: ownership.Connection) -> bool:
        """Replay the next rows; whether there were any."""
        known = [self._engine.journal_seq(shard) for shard in self._shards]
        cursor = connection.cursor(binary=True)
        await cursor.execute(NEXT_ROWS, (self._shards, known, ROWS_A_LOOK))
        rows: list[tuple[int, int, bytes]] = await cursor.fetchall()
        if not rows:
            return False
        # What the rows name is there before they are replayed.
        await self._catalogs.load_new(connection)
        # On another thread: watchdogs are answered meanwhile.
        await asyncio.to_thread(self._engine.replay, rows)
        self.rows += len(rows)
        return True

    async def _reconnect(
        self, stop: asyncio.Event, lost: ownership.Connection
    ) -> ownership.Connection:
        while not stop.is_set():
            try:
                return await ownership.connect(self._conninfo, "openmvno charge")
            except (psycopg.Error, ownership.EngineStartError, OSError):
                await asyncio.sleep(1)
        return lost
