"""The transport of our own: over TCP sockets always, over SCTP where the kernel has it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvloop
from diameter.message import Message
from diameter.message.commands import DeviceWatchdogRequest
from tests.support.diameter_peer import Peer

from openmvno import _core
from openmvno.charging.door import Door
from openmvno.charging.sctp import (
    SCTP,
    SctpUnavailableError,
    StreamServer,
    messages_of,
    sctp_listener,
)


def reason_without_sctp() -> str | None:
    """Why this kernel cannot serve SCTP; None when it can."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM, SCTP).close()
    except OSError as error:
        return f"this kernel has no SCTP: {error}"
    return None


def new_door() -> Door:
    names = {"origin_host": "ocs.openmvno.example", "origin_realm": "openmvno.example"}
    engine = _core.Engine(json.dumps({"shards": 1, "owner": 7, **names}))
    return Door(engine, lambda: 1_700_000_000_000, lambda: None, 10)


def tcp_listener() -> socket.socket:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    listener.setblocking(False)
    return listener


@contextlib.asynccontextmanager
async def serving(door: Door) -> AsyncIterator[int]:
    """The door on our own transport; gives its port."""
    listener = tcp_listener()
    server = StreamServer(listener, door.protocol)
    try:
        yield listener.getsockname()[1]
    finally:
        server.close()
        door.close()


def greet(peer: Peer) -> list[Any]:
    """Send a CER and a DWR at once, then what is no Diameter; what comes back until the end."""
    watchdog: Any = DeviceWatchdogRequest()
    watchdog.origin_host = peer.peers.origin_host.encode()
    watchdog.origin_realm = peer.peers.origin_realm.encode()
    with peer:
        peer.write(peer.octets(peer.capabilities()) + peer.octets(watchdog))
        answers = [peer.read(), peer.read()]
        peer.write(b"GET / HTTP/1.1")
        answers.append(peer.read())
    return [
        None if octets is None else Message.from_bytes(octets).result_code for octets in answers
    ]


def test_the_door_is_served_on_a_socket_uvloop_does_not_know() -> None:
    async def run() -> None:
        door = new_door()
        async with serving(door) as port:
            peer = await asyncio.to_thread(Peer, port, greet=False)
            assert await asyncio.to_thread(greet, peer) == [2001, 2001, None]
            assert door.connections == {}

    uvloop.run(run())


async def test_a_peer_that_does_not_read_is_not_read_from() -> None:
    paused = asyncio.Event()

    class Flood(asyncio.Protocol):
        """Writes more than anybody takes."""

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            self.transport = transport
            message = b"\1\1\0\0" + bytes(65_532)
            for _ in range(200):
                transport.write(message)

        def pause_writing(self) -> None:
            paused.set()

        def resume_writing(self) -> None:
            self.transport.close()

    listener = tcp_listener()
    server = StreamServer(listener, Flood)
    with socket.create_connection(listener.getsockname(), timeout=20) as client:
        await asyncio.wait_for(paused.wait(), 10)
        received = await asyncio.to_thread(everything, client)
    server.close()
    assert received == 200 * 65_536, "all of it, then the end"


def everything(client: socket.socket) -> int:
    total = 0
    while part := client.recv(1 << 20):
        total += len(part)
    return total


def test_each_message_goes_out_on_its_own() -> None:
    first, second = b"\1\0\0\x14" + bytes(16), b"\1\0\0\x18" + bytes(20)
    assert messages_of(first + second) == [first, second]
    assert messages_of(b"") == []


@pytest.mark.skipif(reason_without_sctp() is None, reason="this kernel has SCTP")
def test_a_kernel_without_sctp_says_so() -> None:
    with pytest.raises(SctpUnavailableError, match="this kernel has no SCTP"):
        sctp_listener("127.0.0.1", 0)


@pytest.mark.skipif(reason_without_sctp() is not None, reason=str(reason_without_sctp()))
def test_a_watchdog_over_sctp() -> None:
    async def run() -> None:
        listener = sctp_listener("127.0.0.1", 0)
        server = StreamServer(listener, new_door().protocol)
        client = socket.socket(socket.AF_INET, socket.SOCK_STREAM, SCTP)
        await asyncio.to_thread(client.connect, listener.getsockname())
        peer = Peer(client, greet=False)
        assert await asyncio.to_thread(greet, peer) == [2001, 2001, None]
        server.close()

    uvloop.run(run())
