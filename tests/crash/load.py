"""Gateways that never give up: sessions on many lines, resent with T until they are answered.

What was acknowledged is written down for the auditor. Some requests are sent again although they
were answered: the answer must be the same, to the octet.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from tests.crash import wire
from tests.crash.tariff import DATA_CONTEXT, SMS_CONTEXT, VOICE_CONTEXT
from tests.crash.wire import Answer, Ccr, Units

ANSWER_SECONDS = 3.0
PATIENCE_SECONDS = 90.0
REPEATED = 0.15
CALLED = "385981234567"


class ConnectionGone(Exception):
    """The transport broke while an answer was awaited."""


@dataclass(frozen=True)
class Exchange:
    """A request and when it was first sent and acknowledged, by the machine's clock."""

    request: Ccr
    asked_at: float
    acknowledged_at: float
    answer: Answer


@dataclass
class Ledger:
    """What the clients saw acknowledged."""

    # Session-Id -> (MSISDN, usage by rating group) of sessions whose CCR-T was answered 2001.
    sessions: dict[str, tuple[str, dict[int, int]]] = field(default_factory=dict)
    # Session-Id -> (MSISDN, whether it was charged) of messages.
    messages: dict[str, tuple[str, bool]] = field(default_factory=dict)
    refused_sessions: set[str] = field(default_factory=set)
    acknowledged: int = 0
    repeated: int = 0
    retransmitted: int = 0
    # Requests that a connection which stayed gave no answer to in time.
    unanswered: int = 0
    refusals: Counter[int] = field(default_factory=Counter)
    partial_grants: int = 0
    out_of_credit: int = 0
    acknowledged_at: list[float] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    # When a request was answered, and how long that took with all its repeats.
    waited: list[tuple[float, float]] = field(default_factory=list)


class Link:
    """One gateway's connection, made anew whenever it breaks; with several servers to the next
    whenever one does not serve (RFC 6733 section 5.5.4)."""

    def __init__(
        self, ports: Sequence[int], name: str, ledger: Ledger, *, named_host: bool
    ) -> None:
        self._ports = ports
        self._turn = 0
        self._name = name
        self._ledger = ledger
        self._named_host = named_host
        self._hops = itertools.count(2)
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._up = asyncio.Event()

    async def run(self) -> None:
        """Keep the connection until cancelled."""
        try:
            while True:
                with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                    await self._serve()
                if not self._up.is_set():
                    self._turn += 1  # nobody there
                self._drop()
                await asyncio.sleep(0.02)
        finally:
            self._drop()

    async def _serve(self) -> None:
        reader, self._writer = await asyncio.open_connection(
            "127.0.0.1", self._ports[self._turn % len(self._ports)]
        )
        self._writer.write(wire.capabilities(self._name))
        while True:
            head = await reader.readexactly(20)
            message = head + await reader.readexactly(int.from_bytes(head[1:4], "big") - 20)
            command = int.from_bytes(head[5:8], "big")
            if command == wire.CAPABILITIES:
                self._up.set()
            elif command == wire.CREDIT_CONTROL:
                waiting = self._waiting.pop(int.from_bytes(head[12:16], "big"), None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(message)

    def _drop(self) -> None:
        self._up.clear()
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ConnectionGone())
        self._waiting.clear()

    def _fail_over(self) -> None:
        if len(self._ports) > 1 and self._writer is not None:
            self._turn += 1
            self._writer.transport.abort()

    async def exchange(self, request: Ccr, end: int, *, perhaps_applied: bool = False) -> Answer:
        """Send until it is answered by more than 'not now'."""
        body = request.body(self._name, named_host=self._named_host)
        began = time.monotonic()
        while time.monotonic() - began < PATIENCE_SECONDS:
            await self._up.wait()
            try:
                answer = await self._once(body, end, retransmitted=perhaps_applied)
            except (ConnectionGone, TimeoutError) as error:
                perhaps_applied = True
                if isinstance(error, TimeoutError):
                    self._ledger.unanswered += 1
                    self._fail_over()
                self._ledger.retransmitted += 1
                continue
            if answer.result not in (3002, 3004):
                return answer
            # DIAMETER_TOO_BUSY from the host that was named, else DIAMETER_UNABLE_TO_DELIVER.
            assert len(self._ports) > 1 or answer.result == (3004 if self._named_host else 3002)
            assert answer.flags & wire.ERROR
            self._ledger.refusals[answer.result] += 1
            self._fail_over()
            await asyncio.sleep(0.05)
        raise AssertionError(f"no answer in {PATIENCE_SECONDS} s to {request}")

    async def _once(self, body: bytes, end: int, *, retransmitted: bool) -> Answer:
        hop = next(self._hops)
        flags = wire.REQUEST | (wire.RETRANSMITTED if retransmitted else 0)
        waiting = asyncio.get_running_loop().create_future()
        self._waiting[hop] = waiting
        if self._writer is None:
            raise ConnectionGone
        head = wire.header(flags, wire.CREDIT_CONTROL, 4, len(body), hop, end)
        self._writer.write(head + body)
        try:
            # Not wait_for(): where the connection breaks just then, it loses a cancellation.
            async with asyncio.timeout(ANSWER_SECONDS):
                message = await waiting
        finally:
            self._waiting.pop(hop, None)
        return wire.read_answer(message)


class Gateways:
    """Workers on a few connections, each playing one session after the other."""

    def __init__(self, ports: Sequence[int], msisdns: list[str], seed: int) -> None:
        self.ledger = Ledger()
        self._msisdns = msisdns
        self._chance = random.Random(seed)
        self._seed = seed
        self._links = [
            Link(ports, f"gw{number}.crash.example", self.ledger, named_host=number % 2 == 0)
            for number in range(4)
        ]
        self._sessions = itertools.count(1)
        self._ends = itertools.count(seed << 20)
        self._stopping = False

    @contextlib.asynccontextmanager
    async def running(self, workers: int = 24) -> AsyncIterator[None]:
        """Load inside; at the end every open session is brought to its end."""
        links = [asyncio.create_task(link.run()) for link in self._links]
        tasks = [
            asyncio.create_task(self._work(self._links[number % len(self._links)]))
            for number in range(workers)
        ]
        try:
            yield
            self._stopping = True
            await asyncio.gather(*tasks)
        finally:
            for task in [*tasks, *links]:
                task.cancel()
            await asyncio.gather(*tasks, *links, return_exceptions=True)

    async def _work(self, link: Link) -> None:
        while not self._stopping:
            kind = self._chance.random()
            if kind < 0.25:
                await self._message(link)
            elif kind < 0.55:
                await self._session(link, VOICE_CONTEXT, {0: 60})
            else:
                await self._session(link, DATA_CONTEXT, {10: 800_000, 20: 500_000})

    def _new_session(self) -> str:
        return f"crash.example;{self._seed};{next(self._sessions)}"

    async def _ask(self, link: Link, request: Ccr, *, again: bool = False) -> Answer:
        end = next(self._ends) & 0xFFFFFFFF
        asked_at, began = time.time(), time.monotonic()
        answer = await link.exchange(request, end, perhaps_applied=again)
        now = time.monotonic()
        self.ledger.acknowledged += 1
        self.ledger.acknowledged_at.append(now)
        self.ledger.waited.append((now, now - began))
        self.ledger.exchanges.append(Exchange(request, asked_at, time.time(), answer))
        if self._chance.random() < REPEATED:
            other = self._chance.choice(self._links)
            # A named host makes another request of it, but not another content.
            repeated = await other.exchange(request, end)
            self.ledger.repeated += 1
            assert repeated.content == answer.content, (
                f"another answer to {request}: {repeated.body.hex()}, not {answer.body.hex()}"
            )
        return answer

    async def _message(self, link: Link) -> None:
        msisdn, session = self._chance.choice(self._msisdns), self._new_session()
        request = Ccr(session, wire.EVENT, 0, msisdn, SMS_CONTEXT, (), CALLED)
        answer = await self._ask(link, request)
        assert answer.result in (2001, 4012), answer
        self.ledger.messages[session] = (msisdn, answer.result == 2001)

    async def _session(self, link: Link, context: str, wanted: dict[int, int]) -> None:
        msisdn, session = self._chance.choice(self._msisdns), self._new_session()
        called = CALLED if context == VOICE_CONTEXT else ""
        granted: dict[int, int] = {}
        usage = dict.fromkeys(wanted, 0)
        kinds = [wire.INITIAL, *[wire.UPDATE] * self._chance.randrange(4), wire.TERMINATION]
        for number, kind in enumerate(kinds):
            units = []
            for group, most in wanted.items():
                used = None
                if kind != wire.INITIAL:
                    used = self._chance.randint(0, granted.get(group, 0))
                    usage[group] += used
                asked = self._chance.randint(1, most) if kind != wire.TERMINATION else None
                units.append(Units(group, asked, used))
            request = Ccr(session, kind, number, msisdn, context, tuple(units), called)
            answer = await self._ask(link, request)
            assert answer.result == 2001, (request, answer)
            granted = self._grants(request, answer)
        self.ledger.sessions[session] = (msisdn, usage)

    def _grants(self, request: Ccr, answer: Answer) -> dict[int, int]:
        grants = {}
        for unit in request.units:
            if unit.requested is None:
                continue
            result, granted, final = answer.services[unit.group]
            if result == 4012:
                self.ledger.out_of_credit += 1
                continue
            assert result == 2001, (request, answer)
            assert granted is not None
            assert 0 < granted <= unit.requested
            if granted < unit.requested:
                assert final, "a partial grant is the last one"
                self.ledger.partial_grants += 1
            grants[unit.group] = granted
        return grants
