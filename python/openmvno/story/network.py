"""The network's gateway, played by the independent Diameter stack python-diameter over TCP."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from diameter.message.constants import APP_DIAMETER_CREDIT_CONTROL_APPLICATION
from diameter.node import Node
from diameter.node.application import SimpleThreadingApplication

from openmvno.story.messages import Peers, Subscriber, credit_control_request

ANSWER_SECONDS = 10
CONNECT_SECONDS = 20


class NetworkError(Exception):
    """The gateway could not connect or got no answer."""


class Gateway:
    """A connected Diameter peer that sends credit control requests and waits for the answers."""

    def __init__(self, application: Any, peers: Peers) -> None:
        self._application = application
        self.peers = peers
        self._run = secrets.token_hex(4)
        self._sessions = 0

    def new_session(self) -> str:
        """A Session-Id never used before (RFC 6733 section 8.8)."""
        self._sessions += 1
        return f"{self.peers.origin_host};{self._run};{self._sessions}"

    def request(
        self, subscriber: Subscriber, session: str, context: str, request_type: int, number: int
    ) -> Any:
        """A request to be filled."""
        return credit_control_request(
            self.peers, subscriber, session, context, request_type, number
        )

    def send(self, request: Any) -> Any:
        """Send, wait, return the answer.

        Raises:
            NetworkError: no answer came.
        """
        try:
            return self._application.send_request(request, timeout=ANSWER_SECONDS)
        except Exception as error:
            raise NetworkError(f"no answer to the CCR: {error}") from error


@contextmanager
def connected_gateway(
    address: str, port: int, server_host: str, server_realm: str
) -> Iterator[Gateway]:
    """A gateway that has exchanged capabilities with the charging system.

    Raises:
        NetworkError: no connection came about.
    """
    logging.getLogger("diameter").setLevel(logging.CRITICAL)
    name = f"gateway-{secrets.token_hex(3)}.network.example"
    node = Node(name, "network.example")
    node.wakeup_interval = 1
    peer = node.add_peer(
        f"aaa://{server_host}:{port};transport=tcp",
        server_realm,
        ip_addresses=[address],
        is_persistent=True,
        is_default=True,
    )
    application = SimpleThreadingApplication(
        APP_DIAMETER_CREDIT_CONTROL_APPLICATION, is_auth_application=True
    )
    node.add_application(application, [peer])
    node.start()
    try:
        try:
            application.wait_for_ready(timeout=CONNECT_SECONDS)
        except Exception as error:
            raise NetworkError(f"no Diameter connection to {address}:{port}: {error}") from error
        yield Gateway(application, Peers(name, "network.example", server_realm))
    finally:
        node.stop(wait_timeout=5)
