"""Collects public requests into batches for the engine: it is called once for many of them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any, Protocol

from openmvno.charging.engine_client import EngineUnavailable

BATCH_LIMIT = 500
# Batches at the engine at a time: each waits for a commit, and the next need not wait for that.
CONCURRENCY = 4
QUEUE_LIMIT = 10_000

Request = dict[str, Any]
Outcome = dict[str, Any]


class Submitter(Protocol):
    """The part of the engine client this needs."""

    async def submit(self, requests: Sequence[Request]) -> list[Outcome]:
        """Charge requests; their outcomes in the same order."""
        ...


class BatchingSubmitter:
    """What piles up while batches are out goes with the next one."""

    def __init__(self, engine: Submitter) -> None:
        self._engine = engine
        self._queue: deque[tuple[Request, asyncio.Future[Outcome]]] = deque()
        self._senders: set[asyncio.Task[None]] = set()

    async def submit(self, request: Request) -> Outcome:
        """The outcome of one request.

        Raises:
            EngineUnavailable: the queue is full, or the engine does not answer.
        """
        if len(self._queue) >= QUEUE_LIMIT:
            raise EngineUnavailable("too many requests are waiting for the engine")
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._queue.append((request, future))
        if len(self._senders) < CONCURRENCY:
            sender = asyncio.create_task(self._send())
            self._senders.add(sender)
            sender.add_done_callback(self._senders.discard)
        return await future

    async def _send(self) -> None:
        while self._queue:
            batch = [self._queue.popleft() for _ in range(min(len(self._queue), BATCH_LIMIT))]
            try:
                outcomes = await self._engine.submit([request for request, _ in batch])
            except EngineUnavailable as error:
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
                continue
            for (_, future), outcome in zip(batch, outcomes, strict=True):
                if not future.done():
                    future.set_result(outcome)
