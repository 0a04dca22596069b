"""The ways a gateway's requests come to us: straight, and through a freeDiameter relay."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from tests.support.diameter_peer import Peer
from tests.support.freediameter import PROGRAM, FreeDiameter
from tests.support.system import System

from openmvno.story.system import free_ports


@pytest.fixture(scope="session")
def relay(system: System, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FreeDiameter]:
    """freeDiameter between clients and our door."""
    if PROGRAM is None:
        pytest.skip("freeDiameter is not installed: make test-packages")
    folder = tmp_path_factory.mktemp("freediameter")
    with FreeDiameter(folder, free_ports(1)[0], system.diameter_port) as running:
        yield running


@pytest.fixture(params=["direct", "relay"])
def port(request: pytest.FixtureRequest, system: System) -> int:
    """Where the gateway connects to."""
    if request.param == "direct":
        return system.diameter_port
    relay: FreeDiameter = request.getfixturevalue("relay")
    return relay.port


_gateways = itertools.count(1)


@pytest.fixture
def host() -> str:
    """The Origin-Host of a gateway that was never there before: after a lost connection an agent
    would hold its answers back until three watchdogs are answered (RFC 3539 section 3.4.1)."""
    return f"pgw{next(_gateways)}.e2e.example"


@pytest.fixture
def gateway(port: int, host: str) -> Iterator[Peer]:
    """A gateway that has exchanged capabilities."""
    with Peer(port, host) as connected:
        yield connected
