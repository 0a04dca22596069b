"""Peers that mean no good, on the open port of a running system: others are served meanwhile."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from diameter.message import Message
from diameter.message.commands import DeviceWatchdogRequest
from tests.e2e.test_protocol import LENGTH_AT, altered, extended, good, raw_avp
from tests.support.diameter_peer import Peer
from tests.support.system import System

from openmvno.story.stage import Line

MESSAGE_LIMIT = 64 << 10
"""Longest message that is read, octets."""
LARGEST_LENGTH = (1 << 24) - 4
"""The most that Message Length can say, a multiple of four."""
ROUNDS = 20
"""Requests of others during an attack."""


@pytest.fixture(scope="module")
def line(system: System) -> Line:
    """A line that no test here charges."""
    return system.line()


@pytest.fixture
def others_are_served(system: System, line: Line) -> Iterator[Callable[[], None]]:
    """Has another peer's requests answered, while an attack goes on."""
    with Peer(system.diameter_port, "honest.e2e.example") as honest:

        def ask() -> None:
            for _ in range(ROUNDS):
                assert honest.send(good(honest, line)).result_code == 2001

        yield ask


def watchdog(peer: Peer) -> bytes:
    """A DWR, which is answered at once."""
    request: Any = DeviceWatchdogRequest()
    request.origin_host = peer.peers.origin_host.encode()
    request.origin_realm = peer.peers.origin_realm.encode()
    return peer.octets(request)


def test_a_peer_that_does_not_read_is_read_no_more(
    system: System, others_are_served: Callable[[], None]
) -> None:
    with socket.socket() as transport:
        transport.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        transport.connect(("127.0.0.1", system.diameter_port))
        deaf = Peer(transport, "deaf.e2e.example")
        flood = watchdog(deaf) * 1_000
        transport.settimeout(1)
        sent = 0
        with contextlib.suppress(TimeoutError):
            while sent < 200 << 20:
                sent += transport.send(flood)
        # What it has in our buffers and the system's is all it gets.
        assert sent < 64 << 20
        others_are_served()


def test_a_flood_of_cers_on_one_connection(
    system: System, others_are_served: Callable[[], None]
) -> None:
    count = 20_000
    with Peer(system.diameter_port, "flood.e2e.example") as flooding:
        request = flooding.octets(flooding.capabilities())
        answers: list[int] = []

        def read() -> None:
            for _ in range(count):
                octets = flooding.read()
                assert octets is not None
                answers.append(len(octets))

        reading = threading.Thread(target=read)
        writing = threading.Thread(target=flooding.write, args=(request * count,))
        reading.start()
        writing.start()
        others_are_served()
        writing.join()
        reading.join()
        assert len(answers) == count
        # Only the last answers are of interest to the dissector.
        del flooding.conversation.parts[: -2 * ROUNDS]


def test_a_flood_of_cers_on_many_connections(
    system: System, others_are_served: Callable[[], None]
) -> None:
    stop = threading.Event()
    opened: list[Peer] = []

    def flood() -> None:
        while not stop.is_set():
            with Peer(system.diameter_port, f"flood{len(opened)}.e2e.example") as peer:
                opened.append(peer)

    flooding = [threading.Thread(target=flood) for _ in range(4)]
    for thread in flooding:
        thread.start()
    for _ in range(10):
        others_are_served()
    stop.set()
    for thread in flooding:
        thread.join()
    assert len(opened) > 100


@pytest.mark.parametrize("length", [MESSAGE_LIMIT + 4, 1 << 20, LARGEST_LENGTH])
def test_a_message_beyond_the_limit_is_not_waited_for(
    system: System, line: Line, others_are_served: Callable[[], None], length: int
) -> None:
    with Peer(system.diameter_port, "giant.e2e.example") as giant:
        head = altered(giant.octets(good(giant, line)), LENGTH_AT, length)
        answer = giant.exchange(head[:20])
        assert answer.result_code == 5015
        with contextlib.suppress(OSError):
            giant.write(bytes(1 << 20))
        assert giant.read() is None, "the connection is closed"
    others_are_served()


def test_giant_avps(
    system: System, line: Line, peer: Peer, others_are_served: Callable[[], None]
) -> None:
    octets = peer.octets(good(peer, line))
    room = MESSAGE_LIMIT - len(octets) - 8
    # An agent's state that fills the message: it is told back (RFC 6733 section 6.2).
    agent = raw_avp(280, 0x40, b"agent.ex")
    agent += raw_avp(33, 0x40, bytes(room - len(agent) - 8))
    cases = {
        # Nobody knows it, and it need not be known.
        raw_avp(70_000, 0, bytes(room)): 2001,
        # Longer than what is around it.
        raw_avp(70_000, 0, bytes(8), length=LARGEST_LENGTH): 5014,
        # A second Session-Id.
        raw_avp(263, 0x40, b"x" * room): 5009,
        raw_avp(284, 0x40, agent): 2001,
    }
    for avp, result in cases.items():
        request = extended(peer.octets(good(peer, line)), avp)
        assert peer.exchange(request).result_code == result
    # A name of 60,000 octets would be kept as long as its session.
    long = good(peer, line)
    long.session_id = "x" * 60_000
    assert peer.exchange(peer.octets(long)).result_code == 5004
    others_are_served()


def test_connections_that_say_nothing_and_half_a_word(
    system: System, line: Line, others_are_served: Callable[[], None]
) -> None:
    with contextlib.ExitStack() as attack:
        for number in range(300):
            transport = socket.create_connection(("127.0.0.1", system.diameter_port), timeout=10)
            attack.callback(transport.close)
            if number % 2:
                transport.send(b"\x01\x00\x01")
        with Peer(system.diameter_port, "half.e2e.example") as half:
            request = half.octets(good(half, line))
            half.write(request[:100])
            others_are_served()
            half.write(request[100:])
            answer = half.read()
            assert answer is not None
            assert Message.from_bytes(answer).result_code == 2001
