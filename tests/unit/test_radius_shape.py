"""What the system drops before the RADIUS door sees it."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from openmvno.gateways.radius.shape import ACCOUNTING_REQUEST, accept_only, dropped_by_system

PACKET = bytes([ACCOUNTING_REQUEST, 1, 0, 20]) + bytes(16)


@pytest.fixture
def endpoint() -> Iterator[socket.socket]:
    """A port that takes accounting requests."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as endpoint:
        endpoint.bind(("127.0.0.1", 0))
        endpoint.setblocking(False)
        accept_only(endpoint, ACCOUNTING_REQUEST)
        yield endpoint


def arrives(endpoint: socket.socket, datagram: bytes) -> bool:
    """Whether a datagram gets through; on one machine it is there at once or never."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(datagram, endpoint.getsockname())
    try:
        return endpoint.recv(5_000) == datagram
    except BlockingIOError:
        return False


@pytest.mark.parametrize(
    "datagram",
    [
        PACKET,
        PACKET + b"padding is to be ignored (RFC 2865 section 3)",
        bytes([12]) + PACKET[1:],
        bytes([4, 1, 16, 0]) + bytes(4_092),
    ],
    ids=["packet", "padded", "status-server", "longest"],
)
def test_requests_get_through(endpoint: socket.socket, datagram: bytes) -> None:
    assert arrives(endpoint, datagram)
    assert dropped_by_system(endpoint) == 0


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\4",
        PACKET[:19],
        bytes([1]) + PACKET[1:],
        bytes([5]) + PACKET[1:],
        bytes([4, 1, 0, 19]) + PACKET[4:],
        bytes([4, 1, 0, 21]) + PACKET[4:],
        bytes([4, 1, 16, 1]) + bytes(4_093),
    ],
)
def test_the_rest_is_dropped_and_counted(endpoint: socket.socket, datagram: bytes) -> None:
    assert not arrives(endpoint, datagram)
    assert dropped_by_system(endpoint) == 1
