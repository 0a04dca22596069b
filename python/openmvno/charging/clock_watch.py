"""An eye on clocks: this host's against PostgreSQL's, and the gateways' against this host's.

Prices, validity times and bills go by the engine's clock, and a gateway's Event-Timestamp counts
only within a minute of it: a clock that is wrong makes wrong charges long before anything fails.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable
from typing import Any

import psycopg

from openmvno._core import Engine
from openmvno.charging import ownership

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
ROUND_TRIPS = 3
DATABASE_LIMIT_MS = 1_000
PEER_LIMIT_MS = 10_000
"""A sixth of what makes the engine go by arrival instead of Event-Timestamp."""


class ClockWatch:
    """Measures every few seconds, and says so once when a clock goes wrong or right again."""

    def __init__(
        self, engine: Engine, conninfo: str, wall: Callable[[], float] = time.time
    ) -> None:
        """``wall``: this host's clock, Unix seconds."""
        self._engine = engine
        self._conninfo = conninfo
        self._wall = wall
        self._wrong: set[str] = set()
        self.figures: dict[str, Any] = {"database_ahead_ms": None, "peers": []}

    async def run(self) -> None:
        """Look until cancelled; while PostgreSQL is away its clock is not known."""
        while True:
            try:
                async with await ownership.connect(
                    self._conninfo, "openmvno charge clock"
                ) as connection:
                    while True:
                        await self.look(connection)
                        await asyncio.sleep(LOOK_SECONDS)
            except (psycopg.Error, ownership.EngineStartError, OSError):
                self.figures = {**self.figures, "database_ahead_ms": None}
            await asyncio.sleep(1)

    async def look(self, connection: ownership.Connection) -> None:
        """Measure once."""
        ahead = await database_ahead_ms(connection, self._wall)
        peers = json.loads(self._engine.peer_clocks())
        self.figures = {"database_ahead_ms": ahead, "peers": peers}
        self._judge("PostgreSQL", ahead, DATABASE_LIMIT_MS)
        for peer in peers:
            self._judge(f"gateway {peer['peer']}", peer["ahead_ms"], PEER_LIMIT_MS)

    def _judge(self, whose: str, ahead_ms: float, limit_ms: int) -> None:
        """Told once: wrong beyond the limit, right again within half of it."""
        if abs(ahead_ms) > limit_ms and whose not in self._wrong:
            self._wrong.add(whose)
            log.warning(
                "clock skew: the clock of %s is %.1f s %s this host's; set the clocks by NTP",
                whose,
                abs(ahead_ms) / 1000,
                "ahead of" if ahead_ms > 0 else "behind",
            )
        elif abs(ahead_ms) <= limit_ms / 2 and whose in self._wrong:
            self._wrong.discard(whose)
            log.info("the clock of %s agrees with this host's again", whose)


async def database_ahead_ms(
    connection: ownership.Connection, wall: Callable[[], float] = time.time
) -> float:
    """How far PostgreSQL's clock is ahead of ours, milliseconds. Of a few round trips the shortest
    says it best: it is wrong by half its length at most."""
    measured = []
    for _ in range(ROUND_TRIPS):
        begun, before = time.monotonic(), wall()
        cursor = await connection.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        row = await cursor.fetchone()
        took = time.monotonic() - begun
        if row is not None:
            measured.append((took, (row[0] - before - took / 2) * 1000))
    return float(min(measured)[1])
