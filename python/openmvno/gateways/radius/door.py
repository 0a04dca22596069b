"""Between the sockets, the engine and the database: one native call for each batch of datagrams or
outcomes, never one for each message."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Sequence
from typing import Any, Final, Protocol

import psycopg
from psycopg_pool import PoolTimeout

from openmvno._core import RadiusGate, RadiusWork
from openmvno.charging import EngineUnavailable
from openmvno.database import Pool
from openmvno.gateways.radius.recorded import recorded_usage
from openmvno.gateways.radius.sockets import Datagram, Sockets
from openmvno.nas import passwords_of
from openmvno.provisioning import Sealer
from openmvno.settings import Settings

log = logging.getLogger(__name__)

BATCH_LIMIT: Final = 1_000
"""Requests of one call of the engine; as many as it takes."""

CONCURRENCY: Final = 2
"""Calls of the engine at a time. A call costs half a millisecond of processor time beside 4 µs for
each request, so what comes meanwhile goes together; a second call does not wait for the first's
commit."""

QUESTIONS_AT_ONCE: Final = 8
"""Questions to the database at a time."""

Lookup = tuple[int, list[tuple[str, str]]]


class Engine(Protocol):
    """The part of the engine client this needs."""

    async def submit_encoded(self, requests: Sequence[bytes]) -> list[bytes]:
        """Charge requests in JSON; their outcomes in the same order, each durable."""
        ...


class RadiusDoor:
    """What arrives is served; everything it waits for is bounded by the gate."""

    def __init__(self, gate: RadiusGate, engine: Engine, pool: Pool, sealer: Sealer) -> None:
        self.gate = gate
        self._engine = engine
        self._pool = pool
        self._sealer = sealer
        self._sockets: Sockets | None = None
        self._requests: deque[tuple[int, bytes]] = deque()
        self._lookups: deque[Lookup] = deque()
        self._senders = 0
        self._questions = asyncio.Semaphore(QUESTIONS_AT_ONCE)
        self._looking_up = False
        self._tasks: set[asyncio.Task[None]] = set()

    def open(self, settings: Settings) -> None:
        """Listen.

        Raises:
            OSError: a port cannot be listened on.
        """
        self._sockets = Sockets.open(
            settings, [self._authentication, self._accounting, self._answered]
        )

    @property
    def unsent(self) -> int:
        """Datagrams that the system did not take."""
        return 0 if self._sockets is None else self._sockets.unsent

    async def drain(self, seconds: float) -> None:
        """Serve what arrived until now, within ``seconds``, and take nothing else."""
        if self._sockets is None:
            return
        self._sockets.take_the_rest()
        async with _bounded(seconds):
            while self._tasks:
                await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """Stop listening; what is still under way is sent again by its clients."""
        if self._sockets is not None:
            self._sockets.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def tick(self) -> None:
        """Send again what clients have not answered."""
        self._do(self.gate.tick(now_ms()))

    # -- what arrives --------------------------------------------------------------------------

    def _authentication(self, datagrams: list[Datagram]) -> None:
        self._do(self.gate.receive(False, datagrams, now_ms()))

    def _accounting(self, datagrams: list[Datagram]) -> None:
        self._do(self.gate.receive(True, datagrams, now_ms()))

    def _answered(self, datagrams: list[Datagram]) -> None:
        self.gate.answered(datagrams)

    def _do(self, work: RadiusWork) -> None:
        if self._sockets is not None:
            self._sockets.send(work.sends)
        ids = work.ids
        if ids:
            self._requests.extend(zip(ids, work.requests, strict=True))
            if self._senders < CONCURRENCY:
                self._senders += 1
                self._spawn(self._submit())
        lookups = work.lookups
        if lookups:
            self._lookups.extend(lookups)
            if not self._looking_up:
                self._looking_up = True
                self._spawn(self._look_up())
        for identifier, session in work.searches:
            self._spawn(self._search(identifier, session))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- what is waited for --------------------------------------------------------------------

    async def _submit(self) -> None:
        try:
            while self._requests:
                count = min(len(self._requests), BATCH_LIMIT)
                batch = [self._requests.popleft() for _ in range(count)]
                ids = [identifier for identifier, _ in batch]
                try:
                    outcomes = await self._engine.submit_encoded([json for _, json in batch])
                except EngineUnavailable as error:
                    log.warning("%d requests are not answered: %s", count, error)
                    self.gate.give_up(ids)
                else:
                    self._do(self.gate.outcomes(ids, outcomes, now_ms()))
        finally:
            self._senders -= 1

    async def _look_up(self) -> None:
        try:
            while self._lookups:
                batch = [
                    self._lookups.popleft() for _ in range(min(len(self._lookups), BATCH_LIMIT))
                ]
                ids = [identifier for identifier, _ in batch]
                try:
                    async with self._pool.connection() as connection:
                        found = await passwords_of(
                            connection, self._sealer, [identities for _, identities in batch]
                        )
                except (psycopg.Error, PoolTimeout, OSError) as error:
                    log.warning("passwords cannot be looked up: %s", error)
                    self.gate.give_up(ids)
                    continue
                lines = [None if line is None else (line.index, line.password) for line in found]
                self._do(self.gate.found(list(zip(ids, lines, strict=True)), now_ms()))
        finally:
            self._looking_up = False

    async def _search(self, identifier: int, session: str) -> None:
        try:
            async with self._questions, self._pool.connection() as connection:
                bases, recorded = await recorded_usage(connection, session)
        except (psycopg.Error, PoolTimeout, OSError) as error:
            log.warning("CDRs of a session cannot be looked up: %s", error)
            self.gate.give_up([identifier])
        else:
            self._do(self.gate.chain(identifier, bases, recorded, now_ms()))


@contextlib.asynccontextmanager
async def _bounded(seconds: float) -> AsyncIterator[None]:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            yield


def now_ms() -> int:
    """Unix milliseconds."""
    return time.time_ns() // 1_000_000
