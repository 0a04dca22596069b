"""The three UDP sockets, and the datagrams that piled up at them.

Read by ourselves rather than by the loop's datagram endpoints, which stop after 32 datagrams: a
batch is to be all that waits, since each costs the engine and us a call.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import Final, Self

from openmvno.settings import Settings

Address = tuple[str, int]
Datagram = tuple[bytes, Address]
Take = Callable[[list[Datagram]], None]

AUTHENTICATION: Final = 0
ACCOUNTING: Final = 1
DYNAMIC: Final = 2

RCVBUFFORCE: Final = 33
SNDBUFFORCE: Final = 32
"""Options of socket(7) that the socket module has no names for."""

BUFFER_OCTETS: Final = 4 << 20
"""What the system may hold for us, each way: a burst while a batch is served."""

DATAGRAM_OCTETS: Final = 4_097
"""One more than a packet has at most (RFC 2865 section 3)."""

BATCH_LIMIT: Final = 1_000
"""Datagrams read at a time; the rest waits in the system's buffer."""


class Inbox:
    """One socket and who takes what arrives at it."""

    def __init__(self, endpoint: socket.socket, take: Take) -> None:
        self._endpoint = endpoint
        self._take = take
        self._loop = asyncio.get_running_loop()
        self.unsent = 0
        self._loop.add_reader(endpoint.fileno(), self._readable)

    def _readable(self) -> None:
        receive = self._endpoint.recvfrom
        datagrams: list[Datagram] = []
        # An error of a datagram we sent (ICMP) is told here as well: it is nobody's request.
        with contextlib.suppress(BlockingIOError, ConnectionError):
            # What was read before the socket is empty stays in the list.
            datagrams.extend(receive(DATAGRAM_OCTETS) for _ in range(BATCH_LIMIT))
        if datagrams:
            self._take(datagrams)

    def send(self, datagram: bytes, address: Address) -> None:
        """Send a datagram; one that the system cannot take is lost, as UDP's may be."""
        try:
            self._endpoint.sendto(datagram, address)
        except OSError:
            self.unsent += 1

    def take_the_rest(self) -> None:
        """Take what arrived until now, and nothing from now on."""
        self._loop.remove_reader(self._endpoint.fileno())
        self._readable()

    def close(self) -> None:
        """Stop listening."""
        self._loop.remove_reader(self._endpoint.fileno())
        self._endpoint.close()


class Sockets:
    """Authentication, accounting, and the one Disconnect- and CoA-Requests leave by."""

    def __init__(self, inboxes: list[Inbox]) -> None:
        self._inboxes = inboxes

    @classmethod
    def open(cls, settings: Settings, takes: list[Take]) -> Self:
        """Listen; ``takes`` are called with what arrives at each, in batches.

        Raises:
            OSError: a port cannot be listened on.
        """
        ports = (settings.radius_authentication_port, settings.radius_accounting_port, 0)
        endpoints = [_endpoint(settings.listen_address, port) for port in ports]
        return cls([Inbox(*each) for each in zip(endpoints, takes, strict=True)])

    def send(self, sends: list[tuple[int, bytes, Address]]) -> None:
        """Send datagrams, each by the socket of its number."""
        inboxes = self._inboxes
        for number, datagram, address in sends:
            inboxes[number].send(datagram, address)

    def take_the_rest(self) -> None:
        """Take the requests that arrived until now, and none from now on."""
        for inbox in self._inboxes[:2]:
            inbox.take_the_rest()

    @property
    def unsent(self) -> int:
        """Datagrams that the system did not take."""
        return sum(inbox.unsent for inbox in self._inboxes)

    def close(self) -> None:
        """Stop listening."""
        for inbox in self._inboxes:
            inbox.close()


def _endpoint(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    endpoint = socket.socket(family, socket.SOCK_DGRAM)
    try:
        for ordinary, forced in ((socket.SO_RCVBUF, RCVBUFFORCE), (socket.SO_SNDBUF, SNDBUFFORCE)):
            endpoint.setsockopt(socket.SOL_SOCKET, ordinary, BUFFER_OCTETS)
            # Beyond net.core.rmem_max and wmem_max, where we may.
            with contextlib.suppress(PermissionError):
                endpoint.setsockopt(socket.SOL_SOCKET, forced, BUFFER_OCTETS)
        endpoint.setblocking(False)
        endpoint.bind((address, port))
    except OSError:
        endpoint.close()
        raise
    return endpoint
