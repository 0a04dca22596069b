"""The Diameter door: uvloop hands whole buffers to the core and writes back what it says.

One native call for each buffer, never one for each message.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import cast

from openmvno._core import Engine

log = logging.getLogger(__name__)

# Above this much unsent data we stop reading from the peer that does not read.
WRITE_BUFFER_LIMIT = 1 << 20
WRITE_BUFFER_RESUME = 1 << 18


class Door:
    """All transport connections of this node's Diameter port."""

    def __init__(
        self,
        engine: Engine,
        clock: Callable[[], int],
        batch_pending: Callable[[], None],
        connection_limit: int,
    ) -> None:
        self.engine = engine
        self.clock = clock
        self.batch_pending = batch_pending
        self.connection_limit = connection_limit
        self.connections: dict[int, DiameterProtocol] = {}
        self.refused_connections = 0
        self.draining = False

    def protocol(self) -> asyncio.Protocol:
        """A protocol for one more transport."""
        return DiameterProtocol(self)

    def write(self, writes: Iterable[tuple[int, bytes]]) -> None:
        """Send released bytes; a connection that is gone loses them (the peer asks again)."""
        connections = self.connections
        for connection, data in writes:
            protocol = connections.get(connection)
            if protocol is not None:
                protocol.transport.write(data)

    def act(self, actions: Iterable[tuple[int, bytes, str | None]]) -> None:
        """Send what timers produced (watchdogs, disconnects) and close what they gave up."""
        for connection, data, close in actions:
            protocol = self.connections.get(connection)
            if protocol is None:
                continue
            if data:
                protocol.transport.write(data)
            if close is not None:
                protocol.end(close)

    def begin_drain(self) -> None:
        """From now on a connection that is to end is kept until :meth:`close`: answers to what came
        before may still be held."""
        self.draining = True

    @property
    def serving(self) -> int:
        """While draining: connections whose peers have not agreed to the end."""
        return sum(not protocol.ended for protocol in self.connections.values())

    def close(self) -> None:
        """Close every connection once its buffer is written."""
        for protocol in list(self.connections.values()):
            protocol.transport.close()


class DiameterProtocol(asyncio.Protocol):
    """One transport connection of one peer."""

    __slots__ = ("_door", "_feed", "_id", "ended", "transport")

    transport: asyncio.Transport

    def __init__(self, door: Door) -> None:
        self._door = door
        self._feed = door.engine.feed
        self._id = -1
        self.ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have the interface without the base class.
        stream = self.transport = cast("asyncio.Transport", transport)
        door = self._door
        if len(door.connections) >= door.connection_limit:
            door.refused_connections += 1
            log.warning(
                "connection refused: %d Diameter connections are open already",
                len(door.connections),
            )
            stream.abort()
            return
        stream.set_write_buffer_limits(WRITE_BUFFER_LIMIT, WRITE_BUFFER_RESUME)
        self._id, evicted = door.engine.connect(
            _address(stream, "peername"),
            _address(stream, "sockname"),
            certificate_names(stream),
            door.clock(),
        )
        door.connections[self._id] = self
        if evicted is not None and evicted in door.connections:
            door.connections[evicted].end("no CER came, and too many connections wait for theirs")

    def data_received(self, data: bytes) -> None:
        door = self._door
        if self._id < 0:
            return
        answer, close, pending = self._feed(self._id, data, door.clock())
        if answer:
            self.transport.write(answer)
        if close is not None:
            self.end(close)
        if pending:
            door.batch_pending()

    def end(self, reason: str) -> None:
        """Close the connection once its buffer is written, and its answers while draining."""
        log.info("Diameter connection from %s closed: %s", self._remote(), reason)
        self.ended = True
        if not self._door.draining:
            self.transport.close()

    def _remote(self) -> str:
        return _address(self.transport, "peername")

    def pause_writing(self) -> None:
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        if self._id < 0:
            return
        self._door.connections.pop(self._id, None)
        reason = self._door.engine.disconnect(self._id)
        if reason is not None:
            log.info("Diameter connection from %s ended: %s", self._remote(), reason)
        self._id = -1


def _address(transport: asyncio.Transport, end: str) -> str:
    """The IP address of one end, without the zone of a link-local one."""
    name = transport.get_extra_info(end)
    return str(name[0]).partition("%")[0] if isinstance(name, tuple) else "::"


def certificate_names(transport: asyncio.Transport) -> list[str] | None:
    """The names in the peer's certificate: DNS names, URIs and common names; None without TLS."""
    certificate = transport.get_extra_info("peercert")
    if transport.get_extra_info("ssl_object") is None:
        return None
    if not certificate:
        return []
    names = [name for kind, name in certificate.get("subjectAltName", ()) if kind != "IP Address"]
    for part in certificate.get("subject", ()):
        names += [value for key, value in part if key == "commonName"]
    return names
