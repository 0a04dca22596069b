"""What the Diameter door does with peers that do not read, or drip: on TCP, by a clock of ours."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import uvloop
from diameter.message.commands import DeviceWatchdogRequest
from tests.support.diameter_peer import Peer

from openmvno import _core
from openmvno.charging import door as doors
from openmvno.charging.descriptors import OWN_DESCRIPTORS, allow_connections
from openmvno.charging.door import Door

NOW = 1_700_000_000_000


class Clock:
    """Stands still unless told."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


@contextlib.asynccontextmanager
async def serving(clock: Clock) -> AsyncIterator[tuple[Door, int]]:
    """A door on a TCP port, its timers driven by the test."""
    names = {"origin_host": "ocs.openmvno.example", "origin_realm": "openmvno.example"}
    engine = _core.Engine(json.dumps({"shards": 1, "owner": 7, **names}))
    door = Door(engine, clock, lambda: None, 3)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(door.protocol, "127.0.0.1", 0)
    try:
        yield door, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        door.close()


def tick(door: Door) -> None:
    """What the engine's timer does."""
    actions, _ = door.engine.tick(door.clock())
    door.act(actions)
    door.tick()


def run(story: Callable[[Clock, Door, int], Awaitable[None]]) -> None:
    """Play a story with a door of its own."""

    async def play() -> None:
        clock = Clock()
        async with serving(clock) as (door, port):
            await story(clock, door, port)

    uvloop.run(play())


async def connected(port: int, host: str) -> Peer:
    """A peer behind its CER."""
    return await asyncio.to_thread(lambda: Peer(port, host))


async def until(condition: Callable[[], bool]) -> None:
    """Wait for the loop to come to it."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


def watchdogs(peer: Peer, count: int) -> bytes:
    """Requests that are answered at once."""
    request: Any = DeviceWatchdogRequest()
    request.origin_host = peer.peers.origin_host.encode()
    request.origin_realm = peer.peers.origin_realm.encode()
    return peer.octets(request) * count


async def deaf(port: int) -> tuple[socket.socket, Peer]:
    """A peer whose system holds little, and that reads nothing."""
    transport = socket.socket()
    transport.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    await asyncio.to_thread(transport.connect, ("127.0.0.1", port))
    return transport, await asyncio.to_thread(lambda: Peer(transport, "deaf.example"))


async def write_until_it_blocks(transport: socket.socket, octets: bytes) -> None:
    """Send what the other side takes."""
    transport.settimeout(0.5)

    def write() -> None:
        with contextlib.suppress(TimeoutError):
            while True:
                transport.send(octets)

    await asyncio.to_thread(write)


def test_who_does_not_read_in_time_is_given_up() -> None:
    async def story(clock: Clock, door: Door, port: int) -> None:
        transport, peer = await deaf(port)
        await write_until_it_blocks(transport, watchdogs(peer, 500))
        await until(lambda: bool(door.patience))
        [protocol] = door.patience
        unsent = protocol.transport.get_write_buffer_size()
        assert doors.WRITE_BUFFER_LIMIT < unsent < 2 * doors.WRITE_BUFFER_LIMIT
        clock.now += doors.STALL_MS - 1
        tick(door)
        assert len(door.connections) == 1
        clock.now += 1
        tick(door)
        await until(lambda: not door.connections)
        assert not door.patience
        transport.close()

    run(story)


def test_who_reads_again_in_time_goes_on() -> None:
    async def story(clock: Clock, door: Door, port: int) -> None:
        transport, peer = await deaf(port)
        await write_until_it_blocks(transport, watchdogs(peer, 500))
        await until(lambda: bool(door.patience))
        transport.settimeout(5)

        def read() -> None:
            while door.patience:
                transport.recv(1 << 16)

        await asyncio.to_thread(read)
        clock.now += doors.STALL_MS
        tick(door)
        assert len(door.connections) == 1
        transport.close()

    run(story)


def test_what_is_held_for_who_does_not_read_has_an_end() -> None:
    async def story(_clock: Clock, door: Door, port: int) -> None:
        transport, peer = await deaf(port)
        await write_until_it_blocks(transport, watchdogs(peer, 500))
        await until(lambda: bool(door.patience))
        [connection] = door.connections
        # Answers that were held for durability and what we ask of our own accord.
        for _ in range(doors.WRITE_BUFFER_MOST // doors.WRITE_BUFFER_LIMIT):
            door.write([(connection, bytes(doors.WRITE_BUFFER_LIMIT))])
        await until(lambda: not door.connections)
        transport.close()

    run(story)


def test_last_words_that_nobody_reads_end_with_the_connection() -> None:
    async def story(clock: Clock, door: Door, port: int) -> None:
        transport, peer = await deaf(port)
        await write_until_it_blocks(transport, watchdogs(peer, 500))
        await until(lambda: bool(door.patience))
        [protocol] = door.connections.values()
        protocol.end("the test says so")
        clock.now += doors.FAREWELL_MS
        tick(door)
        await until(lambda: not door.connections)
        assert not door.patience
        transport.close()

    run(story)


def test_a_message_in_drips_is_not_waited_for_for_ever() -> None:
    async def story(clock: Clock, door: Door, port: int) -> None:
        slow, good = await connected(port, "slow.example"), await connected(port, "good.example")
        request = watchdogs(slow, 1)
        for at in range(6):
            slow.write(request[at : at + 1])
            await asyncio.sleep(0.05)
            clock.now += 2_000
            tick(door)
        good.write(watchdogs(good, 1))
        assert await asyncio.to_thread(good.read) is not None
        assert await asyncio.to_thread(slow.read) is None
        assert len(door.connections) == 1
        slow.close()
        good.close()

    run(story)


def test_one_connection_too_many_is_refused_and_told_once_a_second(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story(clock: Clock, door: Door, port: int) -> None:
        peers = [await connected(port, f"gw{number}.example") for number in range(3)]
        for second in range(2):
            clock.now += 1_000 * second
            for _ in range(20):
                refused = await asyncio.to_thread(lambda: Peer(port, "late.example", greet=False))
                assert await asyncio.to_thread(refused.read) is None
                refused.close()
        assert door.refused_connections == 40
        for peer in peers:
            peer.close()

    run(story)
    assert len([one for one in caplog.records if "connections are refused" in one.message]) == 2


def test_descriptors_are_asked_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = [(256, 4096)]
    monkeypatch.setattr("resource.getrlimit", lambda _: limits[-1])
    monkeypatch.setattr("resource.setrlimit", lambda _, pair: limits.append(pair))
    assert allow_connections(1_000) == 1_000
    assert limits[-1] == (1_000 + OWN_DESCRIPTORS, 4096)
    assert allow_connections(10_000) == 4096 - OWN_DESCRIPTORS
    assert limits[-1] == (4096, 4096)
