"""Commands from the database into the core: in seq order for each shard, each exactly once.

The API pokes after it committed; a look every second makes up for a poke that got lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from uuid import UUID

import psycopg

from openmvno._core import CoreError, Engine
from openmvno.charging import ownership
from openmvno.charging.catalogs import Catalogs
from openmvno.charging.outcomes import Outcomes

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
ROWS_A_LOOK = 2_000
# Commands fed in one turn of the loop, so that the door is never kept waiting for long.
SLICE = 100
# Fed but not durable yet: beyond this the feed waits for commits.
OUTSTANDING_LIMIT = 10_000

NEXT_COMMANDS = (
    "SELECT c.shard, c.seq, c.command_id, convert_to(c.command::text, 'UTF8'),"
    " CASE WHEN c.command->>'type' = 'activate_catalog' THEN (c.command->>'version')::bigint END,"
    " c.tenant_id"
    " FROM unnest(%s::int4[], %s::int8[]) AS known(shard, seq)"
    " CROSS JOIN LATERAL (SELECT * FROM engine_command e"
    "  WHERE e.shard = known.shard AND e.seq > known.seq ORDER BY e.seq LIMIT %s) AS c"
    " ORDER BY c.shard, c.seq"
)

Command = tuple[int, int, UUID, bytes, int | None, UUID]


class CommandsFeed:
    """Reads engine_command beyond what the core has applied and feeds it."""

    def __init__(
        self,
        *,
        engine: Engine,
        catalogs: Catalogs,
        clock: Callable[[], int],
        conninfo: str,
        outcomes: Outcomes,
        batch_pending: Callable[[], None],
        catch_up: Callable[[ownership.Connection], Awaitable[None]],
        storage_available: Callable[[], bool],
    ) -> None:
        self._engine = engine
        self._catalogs = catalogs
        self._clock = clock
        self._conninfo = conninfo
        self._outcomes = outcomes
        self._batch_pending = batch_pending
        self._catch_up = catch_up
        self._storage_available = storage_available
        self._poked = asyncio.Event()

    def poke(self) -> None:
        """There may be new commands."""
        self._poked.set()

    async def run(self) -> None:
        """Feed until cancelled."""
        while True:
            try:
                await self._feed_until_lost()
            except (psycopg.Error, ownership.EngineStartError, OSError) as error:
                log.warning("the command feed waits for PostgreSQL: %s", str(error).strip())
                await asyncio.sleep(1)

    async def outcome_on_record(self, shard: int, seq: int) -> bytes | None:
        """The outcome the materialiser noted down, if it has come to it."""
        async with await ownership.connect(self._conninfo, "openmvno charge outcome") as connection:
            cursor = await connection.execute(
                "SELECT outcome::text FROM engine_command WHERE shard = %s AND seq = %s",
                (shard, seq),
            )
            row = await cursor.fetchone()
        return row[0].encode() if row is not None and row[0] is not None else None

    async def _feed_until_lost(self) -> None:
        async with await ownership.connect(
            self._conninfo, "openmvno charge commands"
        ) as connection:
            while True:
                self._poked.clear()
                if self._storage_available() and await self._look(connection):
                    continue  # there may be more
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._poked.wait(), POLL_SECONDS)

    async def _look(self, connection: ownership.Connection) -> bool:
        """Feed the next commands; whether there were any."""
        shards = self._engine.owned_shards()
        if not shards:
            return False
        known = [self._engine.command_seq(shard) for shard in shards]
        cursor = connection.cursor(binary=True)
        await cursor.execute(NEXT_COMMANDS, (shards, known, ROWS_A_LOOK))
        commands: list[Command] = await cursor.fetchall()
        if commands:
            # What was done on other engines before these were written counts, such as a number
            # that a line of theirs gave back.
            await self._catch_up(connection)
        for start in range(0, len(commands), SLICE):
            for command in commands[start : start + SLICE]:
                if not await self._feed(connection, command):
                    return False  # looked at again after a while
            self._batch_pending()
            await asyncio.sleep(0)
            await self._outcomes.commands_below(OUTSTANDING_LIMIT)
        return bool(commands)

    async def _feed(self, connection: ownership.Connection, command: Command) -> bool:
        """Feed one command; False when the core cannot take it now."""
        shard, seq, command_id, text, catalog, tenant = command
        if shard not in self._engine.owned_shards():
            return False
        if catalog is not None:
            await self._catalogs.load(connection, tenant, catalog)
        token = self._outcomes.token()
        self._outcomes.command_fed(token, (shard, seq))
        try:
            self._engine.command(token, shard, seq, command_id.bytes, text, self._clock())
        except CoreError:
            self._outcomes.command_refused(token)
            log.exception("command %d of shard %d cannot be fed", seq, shard)
            return False
        return True
