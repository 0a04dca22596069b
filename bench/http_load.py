"""Requests over HTTP/1.1, each sent when it is due, whether the ones before it are answered or not.

As cheap as Python can be: it shares the machine with what it measures, and the usual clients, and
asyncio's streams, cost more than the server.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import time
from collections import Counter, deque
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, cast

import uvloop

CONNECTIONS: Final = 64
HEAD_ENDS: Final = b"\r\n\r\n"
LENGTH: Final = b"content-length:"


@dataclass(frozen=True, slots=True)
class Request:
    """Octets to be sent ``due`` seconds after the load began."""

    due: float
    kind: str
    octets: bytes


@dataclass(slots=True)
class Answers:
    """What came back to requests that were due after the warm-up; microseconds."""

    taken: dict[str, list[float]] = field(default_factory=dict)
    """By kind, from when a request was due."""

    late: list[float] = field(default_factory=list)
    """From when it was due until it was sent."""

    statuses: Counter[int] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answers, and the processor cores the generator used meanwhile."""

    answers: Answers
    cores: float


async def in_a_process(requests: Sequence[Request], warmup: float, host: str, port: int) -> Outcome:
    """Run the load in a process of its own, which the watch on the machine does not stop."""
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, spawned) as pool:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(pool, _in_this_process, requests, warmup, host, port)


def _in_this_process(requests: Sequence[Request], warmup: float, host: str, port: int) -> Outcome:
    Path("/proc/self/comm").write_text("loadgen")  # as every generator is called
    gc.disable()
    return uvloop.run(_timed(requests, warmup, host, port))


async def _timed(requests: Sequence[Request], warmup: float, host: str, port: int) -> Outcome:
    load = Load(requests, warmup)
    began, used = time.monotonic(), time.process_time()
    answers = await load.run(host, port)
    return Outcome(answers, (time.process_time() - used) / (time.monotonic() - began))


class Load:
    """Sends the requests over connections that carry one at a time; what is due while all of them
    wait for answers is sent as soon as one is free."""

    def __init__(self, requests: Sequence[Request], warmup: float) -> None:
        """``requests`` in the order in which they are due."""
        self._requests = requests
        self._warmup = warmup
        self._answers = Answers()
        self._next = 0
        self._left = len(requests)
        self._waiting: deque[Request] = deque()
        # In turn, so that none rests until the server closes it.
        self._free: deque[_Connection] = deque()
        self._loop = asyncio.get_running_loop()
        self._done: asyncio.Future[None] = self._loop.create_future()
        self._began = 0.0

    async def run(self, host: str, port: int) -> Answers:
        """Send all and return when all are answered.

        Raises:
            OSError: a connection was lost.
        """
        for _ in range(CONNECTIONS):
            await self._loop.create_connection(lambda: _Connection(self), host, port)
        connections = list(self._free)
        self._began = time.monotonic()
        self._send_what_is_due()
        try:
            await self._done
        finally:
            for connection in connections:
                connection.transport.abort()
        return self._answers

    def is_free(self, connection: _Connection) -> None:
        """It can carry a request."""
        if self._waiting:
            connection.send(self._waiting.popleft(), self._now())
        else:
            self._free.append(connection)

    def answered(self, request: Request, sent: float, status: int) -> None:
        """An answer has come to what was sent ``sent`` seconds after the beginning."""
        if request.due >= self._warmup:
            answers = self._answers
            answers.statuses[status] += 1
            taken = answers.taken.setdefault(request.kind, [])
            taken.append(1e6 * (self._now() - request.due))
            answers.late.append(1e6 * (sent - request.due))
        self._left -= 1
        if not self._left and not self._done.done():
            self._done.set_result(None)

    def lost(self, error: Exception | None) -> None:
        """A connection has ended."""
        if not self._done.done():
            self._done.set_exception(OSError(f"a connection was lost: {error or 'closed'}"))

    def _send_what_is_due(self) -> None:
        now = self._now()
        while self._next < len(self._requests) and self._requests[self._next].due <= now:
            request = self._requests[self._next]
            self._next += 1
            if self._free:
                self._free.popleft().send(request, self._now())
            else:
                self._waiting.append(request)
        if self._next < len(self._requests):
            pause = self._requests[self._next].due - self._now()
            self._loop.call_later(max(0.0, pause), self._send_what_is_due)

    def _now(self) -> float:
        return time.monotonic() - self._began


class _Connection(asyncio.Protocol):
    """One request at a time."""

    transport: asyncio.Transport

    def __init__(self, load: Load) -> None:
        self._load = load
        self._request: Request | None = None
        self._sent = 0.0
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have the interface without the base class.
        self.transport = cast("asyncio.Transport", transport)
        self._load.is_free(self)

    def send(self, request: Request, now: float) -> None:
        """Send it; ``now`` in seconds after the beginning."""
        self._request, self._sent = request, now
        self.transport.write(request.octets)

    def data_received(self, data: bytes) -> None:
        received = self._received = self._received + data
        head, found, body = received.partition(HEAD_ENDS)
        if not found or len(body) < _length(head):
            return
        request, self._request, self._received = self._request, None, b""
        assert request is not None, "an answer that nobody asked for"
        self._load.answered(request, self._sent, int(head[9:12]))
        self._load.is_free(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._load.lost(exc)


def _length(head: bytes) -> int:
    """The octets of a body; the server says it, as it does not send in chunks."""
    _, found, rest = head.lower().partition(LENGTH)
    return int(rest.partition(b"\r\n")[0]) if found else 0
