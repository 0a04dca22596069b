"""Datagrams nobody should send, by the ten thousand: clients are answered meanwhile."""

from __future__ import annotations

import itertools
import random
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.e2e.radius.conftest import Radius
from tests.support.radius import (
    ACCOUNTING_RESPONSE,
    HOST,
    INTERIM,
    NAS_IDENTIFIER,
    SESSION_ID,
    SESSION_TIME,
    START,
    STATUS,
    USER_NAME,
    Nas,
    accounting,
)

from openmvno.story.tariff import CALLED

REPORTS = 200
FORGED_PAUSE_SECONDS = 0.05


def noise() -> list[bytes]:
    """What is no packet: random octets, packets cut short, zeros."""
    chance = random.Random(7)
    octets = [chance.randbytes(chance.randrange(1, 1_500)) for _ in range(50)]
    cut = [datagram[: chance.randrange(20, len(datagram))] for datagram in forged()]
    return [*octets, *cut, bytes(4_096)]


def forged() -> list[bytes]:
    """Packets of somebody who does not know the secret."""
    return [accounting(each, [(STATUS, START), (USER_NAME, "x")], "wrong") for each in range(99)]


@contextmanager
def flooding(*ports: int) -> Iterator[list[int]]:
    """Send noise to all the ports as fast as it goes, and forged requests by the thousand a second;
    how many datagrams so far."""
    stop = threading.Event()
    counts = [0, 0]

    def flood(place: int, datagrams: list[bytes], pause: float) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as endpoint:
            while not stop.wait(pause):
                for datagram, port in itertools.product(datagrams, ports):
                    endpoint.sendto(datagram, (HOST, port))
                counts[place] += len(datagrams) * len(ports)

    floods = ((0, noise(), 0.0), (1, forged(), FORGED_PAUSE_SECONDS))
    threads = [threading.Thread(target=flood, args=each) for each in floods]
    for thread in threads:
        thread.start()
    try:
        yield counts
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_bad_datagrams_do_not_starve_good_ones(voip: Radius, nas: Callable[[int], Nas]) -> None:
    line = voip.line()
    server = nas(voip.accounting)
    common = [
        (USER_NAME, line.subscriber.msisdn),
        (NAS_IDENTIFIER, "flooded"),
        (SESSION_ID, "flooded-1"),
        (30, CALLED),
    ]
    with flooding(voip.accounting, voip.authentication) as counts:
        for second in range(REPORTS):
            status = INTERIM if second else START
            datagram = accounting(second, [(STATUS, status), (SESSION_TIME, second), *common])
            # UDP may lose what the system cannot hold; an access server sends again.
            replies = (server.ask(datagram) for _ in range(3))
            reply = next((each for each in replies if each is not None), None)
            assert reply is not None, f"report {second} was never answered"
            assert reply[0] == ACCOUNTING_RESPONSE
    assert counts[0] > 10_000
    assert counts[1] > 500
    assert voip.system.money(line)[0] != "10.00"
