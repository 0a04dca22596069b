"""Follows, in memory, the journal of the shards that other engines have."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from openmvno._core import Engine
from openmvno.charging import ownership
from openmvno.charging.catalogs import Catalogs
from openmvno.charging.continuity import Replayed

# Journal rows of each shard taken at a time.
ROWS_A_LOOK = 200

NEXT_ROWS = (
    "SELECT j.shard, j.seq, j.payload"
    " FROM unnest(%s::int4[], %s::int8[]) AS known(shard, seq)"
    " CROSS JOIN LATERAL (SELECT * FROM journal"
    "  WHERE shard = known.shard AND seq > known.seq ORDER BY seq LIMIT %s) AS j"
    " ORDER BY j.shard, j.seq"
)


class Follower:
    """Keeps shards that are not this engine's as far as the journal goes."""

    def __init__(self, engine: Engine, catalogs: Catalogs, shards: int) -> None:
        """``engine`` has recovered; ``catalogs``: those it has."""
        self._engine = engine
        self._shards = range(shards)
        self._catalogs = catalogs
        self._one_at_a_time = asyncio.Lock()
        self._replayed = Replayed()
        self.rows = 0
        """Journal rows followed."""

    async def catch_up(
        self, connection: ownership.Connection, then: Callable[[], None] | None = None
    ) -> None:
        """Replay what the journal holds beyond what is known, and do ``then`` before any more.

        Raises:
            JournalRewound: PostgreSQL does not have what was followed any more.
        """
        async with self._one_at_a_time:
            if not connection.followed:
                await self._replayed.verify(connection, self._known())
                connection.followed = True
            while await self._look(connection):
                pass
            if then is not None:
                then()

    async def _look(self, connection: ownership.Connection) -> bool:
        """Replay the next rows; whether there were any."""
        known = self._known()
        if not known:
            return False
        cursor = connection.cursor(binary=True)
        await cursor.execute(NEXT_ROWS, (list(known), list(known.values()), ROWS_A_LOOK))
        rows: list[tuple[int, int, bytes]] = await cursor.fetchall()
        if not rows:
            return False
        # What the rows name is there before they are replayed.
        await self._catalogs.load_new(connection)
        # On another thread: requests are forwarded meanwhile.
        await asyncio.to_thread(self._engine.replay, rows)
        self._replayed.note(rows)
        self.rows += len(rows)
        return True

    def _known(self) -> dict[int, int]:
        """How far each shard of others is known."""
        own = set(self._engine.owned_shards())
        return {
            shard: self._engine.journal_seq(shard) for shard in self._shards if shard not in own
        }
