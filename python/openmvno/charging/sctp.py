"""The Diameter door over SCTP (RFC 6733 section 2.1.1), where the kernel has it.

uvloop serves TCP and Unix sockets only, so this is a transport of our own over any connected stream
socket: one-to-one style SCTP sockets (RFC 6458 section 4) are such.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Callable
from typing import Any

SCTP = 132
PAYLOAD_DIAMETER = 46
"""Payload protocol identifier of Diameter in clear (RFC 6733 section 2.1.1)."""

_DEFAULT_SEND_PARAM = 10
_SEND_PARAM = struct.Struct("=HHHHIIIIIi")
"""sctp_sndrcvinfo of RFC 6458 section 5.3.2: stream, ssn, flags, pad, ppid, context, time to live,
tsn, cumulative tsn, association."""

RECEIVE_BYTES = 1 << 16


class SctpUnavailableError(OSError):
    """The kernel has no SCTP; the message says what it said."""


def sctp_listener(address: str, port: int) -> socket.socket:
    """A listening SCTP socket.

    Raises:
        SctpUnavailableError: the kernel has no SCTP.
        OSError: address or port cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        listener = socket.socket(family, socket.SOCK_STREAM, SCTP)
    except OSError as error:
        raise SctpUnavailableError(f"this kernel has no SCTP: {error.strerror}") from error
    try:
        listener.setsockopt(
            SCTP,
            _DEFAULT_SEND_PARAM,
            _SEND_PARAM.pack(0, 0, 0, 0, socket.htonl(PAYLOAD_DIAMETER), 0, 0, 0, 0, 0),
        )
        listener.bind((address, port))
        listener.listen(128)
    except BaseException:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


class StreamServer:
    """Serves the connections of a listening stream socket, each with a protocol of its own."""

    def __init__(self, listener: socket.socket, protocol: Callable[[], asyncio.Protocol]) -> None:
        self._listener = listener
        self._protocol = protocol
        self._connections: set[asyncio.Task[None]] = set()
        self._accepting = asyncio.get_running_loop().create_task(self._accept())

    def close(self) -> None:
        """Accept no more; connections that are there go on."""
        self._accepting.cancel()
        self._listener.close()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(self._listener)
            except OSError:
                await asyncio.sleep(0.1)  # out of descriptors, or the peer has gone already
                continue
            transport = StreamTransport(connection, self._protocol())
            serving = loop.create_task(transport.serve())
            self._connections.add(serving)
            serving.add_done_callback(self._connections.discard)


class StreamTransport(asyncio.Transport):
    """A connected stream socket as the door's protocol wants it."""

    def __init__(self, connection: socket.socket, protocol: asyncio.Protocol) -> None:
        connection.setblocking(False)
        names = {"peername": connection.getpeername(), "sockname": connection.getsockname()}
        super().__init__(names)
        self._socket = connection
        self._protocol = protocol
        self._messages: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._high, self._low = 1 << 20, 1 << 18
        self._has_work = asyncio.Event()
        self._may_read = asyncio.Event()
        self._may_read.set()
        self._closing = False
        self._work: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        """Read and write until one side closes."""
        loop = asyncio.get_running_loop()
        self._work = {loop.create_task(self._read()), loop.create_task(self._write())}
        self._protocol.connection_made(self)
        await asyncio.wait(self._work, return_when=asyncio.FIRST_COMPLETED)
        for task in self._work:
            task.cancel()
        results = await asyncio.gather(*self._work, return_exceptions=True)
        failed = next((one for one in results if isinstance(one, Exception)), None)
        self._closing = True
        self._socket.close()
        self._protocol.connection_lost(failed)

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._may_read.wait()
            data = await loop.sock_recv(self._socket, RECEIVE_BYTES)
            if not data:
                return
            self._protocol.data_received(data)

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        while not (self._closing and not self._messages):
            if not self._messages:
                self._has_work.clear()
                await self._has_work.wait()
                continue
            message = self._messages.popleft()
            await loop.sock_sendall(self._socket, message)
            before, self._waiting_bytes = self._waiting_bytes, self._waiting_bytes - len(message)
            if before > self._low >= self._waiting_bytes:
                self._protocol.resume_writing()

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        """Send Diameter messages, each as an SCTP user message of its own."""
        if self._closing:
            return
        before = self._waiting_bytes
        self._messages += messages_of(bytes(data))
        self._waiting_bytes += len(data)
        self._has_work.set()
        if before <= self._high < self._waiting_bytes:
            self._protocol.pause_writing()

    def close(self) -> None:
        """Close it once everything is sent."""
        self._closing = True
        self._has_work.set()

    def abort(self) -> None:
        """Close it at once."""
        self._closing = True
        for task in self._work:
            task.cancel()

    def get_write_buffer_size(self) -> int:
        """Octets that wait to be sent."""
        return self._waiting_bytes

    def is_closing(self) -> bool:
        """Whether it is closed or will be."""
        return self._closing

    def pause_reading(self) -> None:
        """Leave what arrives in the kernel's buffer."""
        self._may_read.clear()

    def resume_reading(self) -> None:
        """Read again."""
        self._may_read.set()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Above ``high`` waiting octets the protocol is told to pause, below ``low`` to go on."""
        self._high = self._high if high is None else high
        self._low = self._low if low is None else low


def messages_of(octets: bytes) -> list[bytes]:
    """Diameter messages one by one."""
    found, at = [], 0
    while at < len(octets):
        length = int.from_bytes(octets[at + 1 : at + 4], "big")
        found.append(octets[at : at + max(length, 1)])
        at += len(found[-1])
    return found
