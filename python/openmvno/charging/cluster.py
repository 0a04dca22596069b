"""This engine among the others of its installation: which shards it has, takes and gives.

Every engine works out by itself which shard is for whom, from what the database says of the
others; the journal's key is what keeps two that disagree apart.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psycopg

from openmvno._core import Engine
from openmvno.charging import nodes, ownership
from openmvno.charging.assignment import assign
from openmvno.charging.committer import Committer
from openmvno.charging.following import Follower
from openmvno.charging.journal_session import JournalSession
from openmvno.charging.links import Links

log = logging.getLogger(__name__)

# How often the journal and the other engines are looked at, and how often without others.
LOOK_SECONDS = 0.1
LOOK_ALONE_SECONDS = 1.0
# A look later than this says nothing about how long others have been silent.
MISSED_SECONDS = 2.0
# After our own session was lost the server may have lost everybody's: the others get this long to
# take their shards again.
GRACE_SECONDS = 6.0
# Others look at once.
NOTIFY = "NOTIFY openmvno_engines"
# How long leaving waits for others to take over.
HAND_OVER_SECONDS = 10.0


@dataclass(frozen=True)
class OwnNode:
    """This engine."""

    owner: int
    address: str
    origin_host: str
    shards: int


class Cluster:
    """Joins, looks, takes and gives."""

    def __init__(
        self,
        *,
        own: OwnNode,
        engine: Engine,
        clock: Callable[[], int],
        conninfo: str,
        committer: Committer,
        follower: Follower,
        links: Links,
    ) -> None:
        self._own = own
        self._engine = engine
        self._clock = clock
        self._conninfo = conninfo
        self._committer = committer
        self._follower = follower
        self._links = links
        self._signs = nodes.SignsOfLife()
        self._renewed = 0.0
        self._looked = 0.0
        self._grace_until = 0.0
        self._others: list[nodes.EngineRow] = []
        self._leaving = False
        self._follows = False
        self._one_look = asyncio.Lock()

    @property
    def others(self) -> int:
        """How many other engines are alive."""
        return len(self._others)

    def without_owner(self) -> list[int]:
        """Shards that nobody we can reach has."""
        return [
            shard
            for shard in range(self._own.shards)
            if not self._links.reaches(self._engine.owner_of(shard))
        ]

    async def begin(self) -> None:
        """Join, and take what is there to be taken."""
        async with await self._connect() as connection:
            await self._look(connection)
            await connection.execute(NOTIFY)

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                async with await self._connect() as connection:
                    while True:
                        await self._look(connection)
                        await self._wait(connection)
            except (psycopg.Error, ownership.EngineStartError, OSError) as error:
                log.warning("the other engines cannot be seen: %s", str(error).strip())
                self._signs.forget()
                await asyncio.sleep(LOOK_ALONE_SECONDS)

    async def _wait(self, connection: ownership.Connection) -> None:
        """Until the next look is due, or another engine says that something has changed."""
        complete = len(self._engine.owned_shards()) == self._own.shards
        seconds = LOOK_ALONE_SECONDS if complete and not self._others else LOOK_SECONDS
        async for _ in connection.notifies(timeout=seconds, stop_after=1):
            pass

    def session_replaced(self) -> None:
        """Our committer has a new session: the server may have lost the others', too."""
        self._grace_until = time.monotonic() + GRACE_SECONDS

    async def hand_over(self) -> bool:
        """Give every shard to others; False when nobody takes them: they stay ours."""
        try:
            async with (
                asyncio.timeout(HAND_OVER_SECONDS + 1),
                await self._connect() as connection,
            ):
                return await self._hand_over(connection)
        except (psycopg.Error, ownership.EngineStartError, OSError) as error:
            log.warning("the shards are not handed over: %s", str(error).strip())
            return False

    async def leave(self) -> None:
        """Say that this engine is gone."""
        try:
            async with await self._connect() as connection:
                await nodes.leave(connection, self._own.owner)
        except (psycopg.Error, ownership.EngineStartError, OSError):
            log.debug("the row of this engine stays until it is forgotten")

    async def _connect(self) -> ownership.Connection:
        connection = await ownership.connect(self._conninfo, "openmvno charge cluster")
        # Losing a sign of life costs nothing, so it does not wait for the disk.
        await connection.execute("SET synchronous_commit = off")
        await connection.execute("LISTEN openmvno_engines")
        return connection

    async def _hand_over(self, connection: ownership.Connection) -> bool:
        await self._look(connection)
        if not any(not other.leaving for other in self._others):
            return False
        self._leaving = True
        await nodes.say_leaving(connection, self._own.owner)
        await connection.execute(NOTIFY)
        deadline = time.monotonic() + HAND_OVER_SECONDS
        while time.monotonic() < deadline:
            await self._look(connection)
            if not self._engine.owned_shards() and not self.without_owner():
                return True
            await self._wait(connection)
        log.warning("nobody has taken shards %s over", self.without_owner())
        return False

    # -- one look ----------------------------------------------------------------------------------

    async def _look(self, connection: ownership.Connection) -> None:
        async with self._one_look:
            now = time.monotonic()
            if now - self._looked > MISSED_SECONDS:
                self._signs.forget()  # we were frozen, or the server did not answer
            self._looked = now
            if now - self._renewed >= nodes.RENEW_SECONDS:
                own = self._own
                await nodes.join(connection, own.owner, own.address, own.origin_host)
                self._renewed = now
            living = await self._living(connection)
            self._others = [engine for engine in living if engine.owner != self._own.owner]
            if self._others and not self._follows:
                await asyncio.to_thread(self._engine.follow, self._clock())
                self._follows = True
            self._links.keep(self._others)
            owners = await self._owners(connection)
            await self._follower.catch_up(connection)
            staying = {engine.owner for engine in living if not engine.leaving}
            wanted = assign(staying, owners, self._own.shards)
            await self._change(connection, wanted)

    async def _living(self, connection: ownership.Connection) -> list[nodes.EngineRow]:
        """The engines that are there, ourselves among them."""
        in_grace = time.monotonic() < self._grace_until
        living = []
        for engine in await nodes.known(connection):
            if engine.owner == self._own.owner:
                living.append(engine)
                continue
            lapsed = self._signs.lapsed(engine)
            if engine.session is None:
                if in_grace and not lapsed:
                    living.append(engine)
            elif not lapsed:
                living.append(engine)
            else:
                await nodes.end_session(connection, engine)
        return living

    async def _owners(self, connection: ownership.Connection) -> dict[int, int]:
        """Who has which shard; the core is told."""
        own = set(self._engine.owned_shards())
        owners = dict.fromkeys(own, self._own.owner)
        if len(own) == self._own.shards:
            return owners
        latest = await nodes.latest_owners(connection, self._own.shards)
        # What we have given away has another owner once that one has written.
        found = {
            shard: owner
            for shard, owner in latest.items()
            if shard not in own and owner != self._own.owner
        }
        for shard, owner in found.items():
            if self._engine.owner_of(shard) != owner:
                self._engine.set_owner(shard, owner)
                self._links.turn()
        return {**latest, **owners}

    async def _change(self, connection: ownership.Connection, wanted: dict[int, int]) -> None:
        own = self._engine.owned_shards()
        surplus = [shard for shard in own if wanted.get(shard, self._own.owner) != self._own.owner]
        # While commits do not go through nothing decided could be made durable first.
        if surplus and self._committer.storage_available:
            await self._give(surplus)
            await connection.execute(NOTIFY)
        missing = [
            shard
            for shard, owner in wanted.items()
            if owner == self._own.owner and shard not in own
        ]
        if missing and not self._leaving:
            await self._take(connection, missing)

    async def _give(self, shards: Sequence[int]) -> None:
        """Decide nothing more for them, make durable what is decided, let the next owner have
        them."""
        started = time.monotonic()
        for shard in shards:
            self._engine.give(shard)
        await self._committer.settle()
        await self._committer.between_commits(lambda session: session.unlock(shards))
        log.info("gave shards %s away in %.0f ms", list(shards), (time.monotonic() - started) * 1e3)

    async def _take(self, connection: ownership.Connection, shards: Sequence[int]) -> None:
        locked = await self._committer.between_commits(lambda session: _try_lock(session, shards))
        if locked is None or not locked[1]:
            return
        session, taken = locked

        def begin() -> None:
            # A session that has ended meanwhile has no lock any more.
            if not session.is_lost:
                self._engine.begin(taken, self._clock())

        try:
            await self._follower.catch_up(connection, then=begin)
        except BaseException:
            # Locks count: one that stays would outlive the next hand-over.
            await self._committer.between_commits(lambda current: current.unlock(taken))
            raise
        self._committer.wake()
        self._links.turn()
        await self._committer.settle()
        await connection.execute(NOTIFY)
        log.info("took shards %s", taken)


async def _try_lock(
    session: JournalSession, shards: Sequence[int]
) -> tuple[JournalSession, list[int]]:
    return session, await session.try_lock(shards)
