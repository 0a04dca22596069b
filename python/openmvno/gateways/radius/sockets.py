"""The three UDP sockets, and the datagrams that piled up at them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Final, Self, cast

from openmvno.settings import Settings

Address = tuple[str, int]
Datagram = tuple[bytes, Address]

AUTHENTICATION: Final = 0
ACCOUNTING: Final = 1
DYNAMIC: Final = 2

RECEIVE_BUFFER: Final = 4 << 20
"""Octets the system may hold for us: a burst while a batch is served (as far as it allows it)."""

WAITING_LIMIT: Final = 20_000
"""Datagrams of one socket that may wait for the next batch; one more is dropped, as UDP does."""


class Inbox(asyncio.DatagramProtocol):
    """Collects what arrives at one socket until the loop has read all there is."""

    transport: asyncio.DatagramTransport

    def __init__(self, take: Callable[[list[Datagram]], None]) -> None:
        self._take = take
        self._waiting: list[Datagram] = []
        self._loop = asyncio.get_running_loop()
        self.dropped = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have the interface without the base class.
        self.transport = cast("asyncio.DatagramTransport", transport)
        transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER
        )

    def datagram_received(self, data: bytes, addr: Address) -> None:
        if len(self._waiting) >= WAITING_LIMIT:
            self.dropped += 1
            return
        self._waiting.append((data, addr))
        if len(self._waiting) == 1:
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        datagrams, self._waiting = self._waiting, []
        self._take(datagrams)


class Sockets:
    """Authentication, accounting, and the one Disconnect- and CoA-Requests leave by."""

    def __init__(self, inboxes: list[Inbox]) -> None:
        self._inboxes = inboxes

    @classmethod
    async def open(cls, settings: Settings, takes: list[Callable[[list[Datagram]], None]]) -> Self:
        """Listen; ``takes`` are called with what arrives at each, in batches.

        Raises:
            OSError: a port cannot be listened on.
        """
        loop = asyncio.get_running_loop()
        ports = (settings.radius_authentication_port, settings.radius_accounting_port, 0)
        inboxes: list[Inbox] = []
        for port, take in zip(ports, takes, strict=True):
            _, inbox = await loop.create_datagram_endpoint(
                lambda take=take: Inbox(take),  # type: ignore[misc]
                local_addr=(settings.listen_address, port),
            )
            inboxes.append(inbox)
        return cls(inboxes)

    def send(self, sends: list[tuple[int, bytes, Address]]) -> None:
        """Send datagrams."""
        transports = [inbox.transport for inbox in self._inboxes]
        for number, datagram, address in sends:
            transports[number].sendto(datagram, address)

    @property
    def dropped(self) -> int:
        """Datagrams that found too many waiting."""
        return sum(inbox.dropped for inbox in self._inboxes)

    def close(self) -> None:
        """Stop listening."""
        for inbox in self._inboxes:
            inbox.transport.close()
