"""RADIUS clients of the running system."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.support.radius import SECRET, DynamicPort, Nas, Reply, radclient
from tests.support.system import System

from openmvno.story.stage import Line
from openmvno.story.tariff import CALLED

PASSWORD = "correct horse"
RELOADED_SECONDS = 1.5


@dataclass(frozen=True)
class Radius:
    """The system's RADIUS door, with the one client there is: this machine."""

    system: System

    @property
    def authentication(self) -> int:
        """Port."""
        return self.system.settings.radius_authentication_port

    @property
    def accounting(self) -> int:
        """Port."""
        return self.system.settings.radius_accounting_port

    def client(self, **terms: Any) -> None:
        """Set the client; it holds when this returns."""
        document = {"network": "127.0.0.1", "service": "voice", "secret": SECRET, **terms}
        self.system.api.put("/v1/radius-clients/here", document)
        time.sleep(RELOADED_SECONDS)

    def remove_client(self) -> None:
        """Take the client away."""
        self.system.api.delete("/v1/radius-clients/here")
        time.sleep(RELOADED_SECONDS)

    def line(self, balance: str = "10.00") -> Line:
        """A line that can log in."""
        line = self.system.line(balance)
        self.system.api.put(f"/v1/lines/{line.line_id}/password", {"password": PASSWORD})
        return line

    def login(self, line: Line, password: str = PASSWORD) -> Reply:
        """An Access-Request with PAP, for a call."""
        name = f'User-Name="{line.subscriber.msisdn}"'
        proof = f'User-Password="{password}"'
        called = f'Called-Station-Id="{CALLED}"'
        attributes = [name, proof, called, "Message-Authenticator=0x00"]
        return radclient(self.authentication, "auth", attributes)

    def report(self, line: Line, status: str, session: str, *further: str) -> Reply:
        """An Accounting-Request."""
        attributes = [
            f"Acct-Status-Type={status}",
            f'Acct-Session-Id="{session}"',
            f'User-Name="{line.subscriber.msisdn}"',
            'NAS-Identifier="e2e"',
            *further,
        ]
        return radclient(self.accounting, "acct", attributes)


@pytest.fixture
def radius(system: System) -> Radius:
    """The door."""
    return Radius(system)


@pytest.fixture
def voip(radius: Radius) -> Radius:
    """The door with a client for calls."""
    radius.client(called_station="number")
    return radius


@pytest.fixture
def dynamic() -> Iterator[DynamicPort]:
    """Where Disconnect- and CoA-Requests arrive."""
    port = DynamicPort()
    yield port
    port.close()


@pytest.fixture
def nas(radius: Radius) -> Iterator[Callable[[int], Nas]]:
    """An access server on a plain socket, for a port."""
    opened: list[Nas] = []

    def at(port: int, seconds: float = 3) -> Nas:
        opened.append(Nas(port, seconds))
        return opened[-1]

    yield at
    for one in opened:
        one.__exit__(None, None, None)
