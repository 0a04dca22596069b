"""A whole node of another implementation, with its own peer state machine, through a relay."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from diameter.message.constants import APP_DIAMETER_CREDIT_CONTROL_APPLICATION
from diameter.node import Node
from diameter.node.application import SimpleThreadingApplication
from tests.support.diameter_peer import SERVER_REALM
from tests.support.freediameter import IDENTITY, FreeDiameter
from tests.support.system import System

from openmvno.story import messages as ccr
from openmvno.story.messages import Peers, Subscriber, credit_control_request

NODE = Peers("node.e2e.example", "e2e.example", SERVER_REALM)


@contextmanager
def client_of(relay: FreeDiameter) -> Iterator[Any]:
    """An application of a python-diameter node that knows the relay."""
    node = Node(NODE.origin_host, NODE.origin_realm)
    node.wakeup_interval = 1
    peer = node.add_peer(
        f"aaa://{IDENTITY}:{relay.port};transport=tcp",
        IDENTITY.partition(".")[2],
        ip_addresses=["127.0.0.1"],
        is_persistent=True,
        is_default=True,
    )
    application = SimpleThreadingApplication(
        APP_DIAMETER_CREDIT_CONTROL_APPLICATION, is_auth_application=True
    )
    node.add_application(application, [peer], realms=[SERVER_REALM])
    node.start()
    try:
        application.wait_for_ready(timeout=20)
        yield application
    finally:
        node.stop(wait_timeout=5)


def data(who: Subscriber, session: str, numbered: tuple[int, int], part: Any) -> Any:
    request = credit_control_request(NODE, who, session, ccr.PACKET_SWITCHED, *numbered)
    return ccr.with_services(request, [part])


def test_a_session_of_a_node_through_the_relay(system: System, relay: FreeDiameter) -> None:
    line = system.line()
    session = f"{NODE.origin_host};1;1"
    with client_of(relay) as application:
        asked = ccr.octets(10, 1_000_000, None)
        answer = application.send_request(data(line.subscriber, session, (ccr.INITIAL, 0), asked))
        (part,) = answer.multiple_services_credit_control
        assert part.granted_service_unit.cc_total_octets == 1_000_000
        used = ccr.octets(10, None, 800_000)
        answer = application.send_request(
            data(line.subscriber, session, (ccr.TERMINATION, 1), used)
        )
        assert answer.result_code == 2001
    assert system.money(line) == ("9.92", "0.00")
