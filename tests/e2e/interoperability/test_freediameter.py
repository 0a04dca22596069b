"""freeDiameter beside us: as an agent between gateways and our door, and as a peer that comes,
watches and goes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from diameter.message import Message
from tests.support.diameter_peer import Peer
from tests.support.freediameter import IDENTITY, PROGRAM, WATCHDOG_SECONDS, FreeDiameter
from tests.support.system import System

from openmvno.story import messages as ccr
from openmvno.story.system import free_ports

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="freeDiameter is not installed")


def connection_of(system: System, host: str) -> dict[str, Any] | None:
    found = system.api.get("/v1/peer-connections")
    mine: list[dict[str, Any]] = [each for each in found if each["origin_host"] == host]
    return mine[0] if mine else None


def until(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_answers_find_their_way_back_through_a_relay(system: System, relay: FreeDiameter) -> None:
    """Two gateways use the same Hop-by-Hop and End-to-End Identifiers at the same time: the relay
    puts its own hop-by-hop ones in, and each gateway gets the answer to its own request."""
    lines = [system.line(), system.line()]
    gateways = [Peer(relay.port, f"twin{number}.e2e.example") for number in (1, 2)]
    requests = []
    for number, (gateway, line) in enumerate(zip(gateways, lines, strict=True)):
        request = gateway.request(
            line.subscriber, f"{gateway.peers.origin_host};same;{number}", ccr.PACKET_SWITCHED, 1, 0
        )
        part = ccr.octets(10, 1_000_000 * (number + 1), None)
        octets = gateway.octets(ccr.with_services(request, [part]))
        requests.append(octets[:12] + b"\0\0\0\x07" * 2 + octets[20:])
    for gateway, octets in zip(gateways, requests, strict=True):
        gateway.write(octets)
    for number, gateway in enumerate(gateways):
        raw = gateway.read()
        assert raw is not None
        assert raw[12:20] == b"\0\0\0\x07" * 2
        answer = Message.from_bytes(raw)
        assert answer.session_id == f"twin{number + 1}.e2e.example;same;{number}"
        (part,) = answer.multiple_services_credit_control
        assert part.granted_service_unit.cc_total_octets == 1_000_000 * (number + 1)
        gateway.close()


def test_the_relay_is_the_peer_and_the_gateway_the_origin(
    system: System, relay: FreeDiameter
) -> None:
    line = system.line()
    with Peer(relay.port, "third.e2e.example") as gateway:
        session = gateway.new_session()
        request = gateway.request(line.subscriber, session, ccr.PACKET_SWITCHED, ccr.INITIAL, 0)
        gateway.send(ccr.with_services(request, [ccr.octets(10, 1_000_000, None)]))
        connection = connection_of(system, IDENTITY)
        assert connection is not None
        assert connection["state"] == "open"
        assert connection_of(system, "third.e2e.example") is None


def test_watchdogs_are_answered_both_ways(system: System, relay: FreeDiameter) -> None:
    """Nothing is sent for longer than its watchdog takes, which closes what does not answer."""
    before = connection_of(system, IDENTITY)
    time.sleep(2.5 * WATCHDOG_SECONDS)
    assert connection_of(system, IDENTITY) == before
    assert "STATE_SUSPECT" not in relay.log


def test_a_peer_comes_and_goes(system: System, tmp_path: Path) -> None:
    other = "second.relay.example"
    peer = FreeDiameter(tmp_path, free_ports(1)[0], system.diameter_port, other)
    with peer:
        until(lambda: connection_of(system, other) is not None, 10)
    until(lambda: connection_of(system, other) is None, 10)
    assert "Disconnect-Peer-Request" in peer.log
    assert "'STATE_CLOSING_GRACE'\t-> 'STATE_CLOSING'\t'ocs.openmvno.example'" in peer.log


def test_a_peer_that_is_kept_out_is_told_3010(system: System, tmp_path: Path) -> None:
    other = "third.relay.example"
    system.api.put("/v1/peers/*", {"connections": 1000})  # everybody else stays
    system.api.put(f"/v1/peers/{other}", {"enabled": False})
    peer = FreeDiameter(tmp_path, free_ports(1)[0], system.diameter_port, other)
    try:
        peer.start(until="DIAMETER_UNKNOWN_PEER")
        assert connection_of(system, other) is None
        # Let in, it tries again and is.
        system.api.put(f"/v1/peers/{other}", {})
        peer.wait_for("-> 'STATE_OPEN'", 30)
        # Removed, it gets a DPR.
        system.api.put(f"/v1/peers/{other}", {"enabled": False})
        peer.wait_for("RCV from 'ocs.openmvno.example': (no model)0/282", 10)
    finally:
        peer.stop()
        system.api.delete(f"/v1/peers/{other}")
        system.api.delete("/v1/peers/*")
