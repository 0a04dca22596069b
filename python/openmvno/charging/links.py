"""Streams between engines: what a door receives for shards of another engine, and the answers.

Each engine opens one stream to each other and serves one from each. Batches are the core's; Python
carries them, one native call for each batch.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grpclib.client import Channel
from grpclib.exceptions import GRPCError, StreamTerminatedError

from openmvno._core import Engine, Released
from openmvno.charging.nodes import EngineRow
from openmvno.rpc.engine.v1 import engine_pb2
from openmvno.rpc.engine.v1.engine_grpc import EngineStub

if TYPE_CHECKING:
    from grpclib.server import Stream

log = logging.getLogger(__name__)

TURN_SECONDS = 0.02
RECONNECT_SECONDS = 0.1
GREETING_SECONDS = 2.0


@dataclass(frozen=True)
class Names:
    """This engine, for the others."""

    owner: int
    origin_host: str
    origin_realm: str


class Links:
    """All streams of this engine."""

    def __init__(
        self,
        *,
        engine: Engine,
        clock: Callable[[], int],
        own: Names,
        token: str | None,
        deliver: Callable[[Released], None],
        batch_pending: Callable[[], None],
    ) -> None:
        """``deliver`` gets what may leave by our own doors."""
        self._engine = engine
        self._clock = clock
        self._own = own
        self._metadata = {"authorization": f"Bearer {token}"} if token else None
        self._deliver = deliver
        self._batch_pending = batch_pending
        self._loop = asyncio.get_running_loop()
        self._outbound: dict[int, Outbound] = {}
        self._inbound: dict[int, Outbox] = {}
        self._scheduled = False
        self._turning: asyncio.Task[None] | None = None

    # -- to others ---------------------------------------------------------------------------------

    def keep(self, others: Iterable[EngineRow]) -> None:
        """Have a stream to each of these engines and to no other."""
        wanted = {other.owner: other.address for other in others}
        for owner in self._outbound.keys() - wanted.keys():
            self._outbound.pop(owner).close()
        for owner, address in wanted.items():
            if owner not in self._outbound:
                self._outbound[owner] = Outbound(owner, address, self)
        if wanted and self._turning is None:
            # For good: what the last other engine left behind waits for us.
            self._engine.set_forwarding(True)
            self._turning = self._loop.create_task(self._turn_regularly())

    def reaches(self, owner: int) -> bool:
        """Whether an engine is this one, or there is a stream to it."""
        if self.is_own(owner):
            return True
        outbound = self._outbound.get(owner)
        return outbound is not None and outbound.is_up

    def is_own(self, owner: int) -> bool:
        """Whether it is this engine."""
        return owner == self._own.owner

    def stub(self, owner: int) -> EngineStub | None:
        """For single calls to an engine that is reached."""
        outbound = self._outbound.get(owner)
        return outbound.stub if outbound is not None and outbound.is_up else None

    @property
    def metadata(self) -> dict[str, str] | None:
        """What a call to another engine has to show."""
        return self._metadata

    def wake(self) -> None:
        """There may be something to send: it leaves after this turn of the loop has read what
        there is."""
        if self._turning is not None and not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._send)

    def turn(self) -> None:
        """What waits for an owner is looked at again."""
        if self._turning is not None:
            self._deliver(self._engine.forward_turn(self._clock()))
            self._batch_pending()

    async def close(self) -> None:
        """End every stream."""
        self.keep(())
        if self._turning is not None:
            self._turning.cancel()
        for outbox in self._inbound.values():
            outbox.close()
        await asyncio.sleep(0)

    def _send(self) -> None:
        self._scheduled = False
        for owner, batch in self._engine.outgoing():
            outbound = self._outbound.get(owner)
            if outbound is not None:
                outbound.outbox.put(batch)

    async def _turn_regularly(self) -> None:
        while True:
            await asyncio.sleep(TURN_SECONDS)
            self.turn()

    # -- from others -------------------------------------------------------------------------------

    async def serve(self, stream: Stream[engine_pb2.ForwardBatch, engine_pb2.ForwardBatch]) -> None:
        """Serve the stream of another engine until it ends."""
        first = await stream.recv_message()
        if first is None:
            return
        greeting = first.greeting
        link = self._engine.open_link(greeting.origin_host, greeting.origin_realm)
        outbox = self._inbound[link] = Outbox(stream.send_message)
        sending: asyncio.Task[None] | None = None
        try:
            await stream.send_message(engine_pb2.ForwardBatch(greeting=self.greeting()))
            sending = self._loop.create_task(outbox.run())
            while (batch := await stream.recv_message()) is not None:
                answers = self._engine.serve_link(link, batch.entries, self._clock())
                if answers:
                    outbox.put(answers)
                self._batch_pending()
        finally:
            del self._inbound[link]
            self._engine.close_link(link)
            if sending is not None:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)

    def write(self, writes: Iterable[tuple[int, bytes]]) -> None:
        """Send answers and orders to the doors of others; those of connections are passed over."""
        for link, octets in writes:
            outbox = self._inbound.get(link)
            if outbox is not None:
                outbox.put(octets)

    # -- for both ----------------------------------------------------------------------------------

    def greeting(self) -> engine_pb2.Greeting:
        """Who we are."""
        own = self._own
        return engine_pb2.Greeting(
            owner=own.owner, origin_host=own.origin_host, origin_realm=own.origin_realm
        )

    def up(self, owner: int) -> None:
        """An engine is reached."""
        self._engine.link_up(owner)
        self.turn()

    def down(self, owner: int) -> None:
        """An engine is not reached any more: what it has not answered goes elsewhere."""
        self._engine.link_down(owner)
        self.turn()

    def received(self, owner: int, batch: bytes) -> None:
        """Answers and orders of another engine."""
        self._deliver(self._engine.forward_answers(owner, batch, self._clock()))
        self._batch_pending()


class Outbox:
    """Octets that wait to be sent, which leave together."""

    def __init__(self, send: Callable[[engine_pb2.ForwardBatch], Awaitable[None]]) -> None:
        self._send = send
        self._waiting = bytearray()
        self._has_work = asyncio.Event()

    def put(self, octets: bytes) -> None:
        """Send it, after what waits."""
        self._waiting += octets
        self._has_work.set()

    def close(self) -> None:
        """Nothing more is sent."""
        self._waiting.clear()

    async def run(self) -> None:
        """Send until cancelled, or the stream ends."""
        while True:
            await self._has_work.wait()
            self._has_work.clear()
            octets, self._waiting = bytes(self._waiting), bytearray()
            await self._send(engine_pb2.ForwardBatch(entries=octets))


class Outbound:
    """The stream to one other engine, made anew whenever it breaks."""

    def __init__(self, owner: int, address: str, links: Links) -> None:
        host, _, port = address.rpartition(":")
        self._owner = owner
        self._address = address
        self._links = links
        self._channel = Channel(host, int(port))
        self.stub = EngineStub(self._channel)
        self.outbox = Outbox(_nowhere)
        self.is_up = False
        self._task = asyncio.get_running_loop().create_task(self._run())

    def close(self) -> None:
        """End it."""
        self._task.cancel()

    async def _run(self) -> None:
        try:
            while True:
                try:
                    await self._stream()
                except (OSError, GRPCError, StreamTerminatedError, TimeoutError) as error:
                    log.debug("no stream to the engine at %s: %s", self._address, error)
                await asyncio.sleep(RECONNECT_SECONDS)
        finally:
            self._channel.close()

    async def _stream(self) -> None:
        async with self.stub.Forward.open(metadata=self._links.metadata) as stream:
            async with asyncio.timeout(GREETING_SECONDS):
                greeting = engine_pb2.ForwardBatch(greeting=self._links.greeting())
                await stream.send_message(greeting)
                first = await stream.recv_message()
            if first is None or first.greeting.owner != self._owner:
                raise OSError("another engine listens there")
            self.outbox = Outbox(stream.send_message)
            sending = asyncio.get_running_loop().create_task(self.outbox.run())
            self.is_up = True
            self._links.up(self._owner)
            try:
                while (batch := await stream.recv_message()) is not None:
                    self._links.received(self._owner, batch.entries)
            finally:
                self.is_up = False
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)
                self._links.down(self._owner)
                await stream.cancel()


async def _nowhere(_: engine_pb2.ForwardBatch) -> None:
    """There is no stream yet."""
