"""Each Result-Code that an application answers with (RFC 8506 section 9)."""

from __future__ import annotations

from typing import Any

from tests.support.diameter_peer import Peer
from tests.support.system import VOICE_ONLY, System

from openmvno.story import messages as ccr
from openmvno.story.messages import Subscriber
from openmvno.story.tariff import CALLED, FORBIDDEN

NOBODY = Subscriber("999990000000", "999990000000000")


def call(
    peer: Peer, subscriber: Subscriber, called: str = CALLED, session: str | None = None
) -> Any:
    request = peer.request(subscriber, session or peer.new_session(), ccr.VOICE, ccr.INITIAL, 0)
    request.service_information = ccr.called(called)
    return peer.send(ccr.with_services(request, [ccr.seconds(60, None)]))


def test_2001_and_session_failover(system: System, peer: Peer) -> None:
    answer = call(peer, system.line().subscriber)
    assert answer.result_code == 2001
    assert answer.cc_session_failover == 1
    assert answer.cc_request_type == 1
    assert answer.cc_request_number == 0
    assert answer.origin_host == b"ocs.openmvno.example"


def test_4010_for_a_blocked_line_until_it_is_active_again(system: System, peer: Peer) -> None:
    line = system.line()
    system.api.patch(f"/v1/lines/{line.line_id}", {"status": "blocked"})
    assert call(peer, line.subscriber).result_code == 4010
    system.api.patch(f"/v1/lines/{line.line_id}", {"status": "active"})
    assert call(peer, line.subscriber).result_code == 2001


def test_4012_without_money(system: System, peer: Peer) -> None:
    line = system.line(balance="0.00")
    answer = call(peer, line.subscriber)
    assert answer.result_code == 2001
    assert answer.multiple_services_credit_control[0].result_code == 4012
    assert system.money(line) == ("0.00", "0.00")


def test_4012_at_command_level(system: System, peer: Peer) -> None:
    line = system.line(balance="0.00")
    request = peer.request(line.subscriber, peer.new_session(), ccr.VOICE, ccr.INITIAL, 0)
    request.service_information = ccr.called(CALLED)
    request.requested_service_unit = ccr.seconds(60, None).requested_service_unit
    assert peer.send(request).result_code == 4012


def test_5002_for_a_session_nobody_opened(system: System, peer: Peer) -> None:
    line = system.line()
    for request_type in (ccr.UPDATE, ccr.TERMINATION):
        request = peer.request(line.subscriber, peer.new_session(), ccr.VOICE, request_type, 1)
        answer = peer.send(ccr.with_services(request, [ccr.seconds(None, 10)]))
        assert answer.result_code == 5002
    assert system.money(line) == ("10.00", "0.00")


def test_5003_for_a_service_the_product_lacks(system: System, peer: Peer) -> None:
    line = system.line(product=VOICE_ONLY)
    request = peer.request(line.subscriber, peer.new_session(), ccr.PACKET_SWITCHED, ccr.INITIAL, 0)
    answer = peer.send(ccr.with_services(request, [ccr.octets(10, 1000, None)]))
    assert answer.result_code == 5003
    assert call(peer, line.subscriber).result_code == 2001


def test_5003_for_a_context_no_service_has(system: System, peer: Peer) -> None:
    line = system.line()
    request = peer.request(line.subscriber, peer.new_session(), "9@example.org", ccr.INITIAL, 0)
    answer = peer.send(ccr.with_services(request, [ccr.octets(10, 1000, None)]))
    assert answer.result_code == 5003


def test_5030_for_an_unknown_subscriber(system: System, peer: Peer) -> None:
    assert call(peer, NOBODY).result_code == 5030
    assert call(peer, Subscriber(None, None)).result_code in (5030, 5005)


def test_5031_in_its_service_while_another_is_granted(system: System, peer: Peer) -> None:
    line = system.line()
    answer = call(peer, line.subscriber, FORBIDDEN)
    assert answer.result_code == 2001
    assert answer.multiple_services_credit_control[0].result_code == 5031
    request = peer.request(line.subscriber, peer.new_session(), ccr.VOICE, ccr.INITIAL, 0)
    request.service_information = ccr.called(FORBIDDEN)
    request.requested_service_unit = ccr.seconds(60, None).requested_service_unit
    assert peer.send(request).result_code == 5031
    assert system.money(line) == ("10.00", "0.00")


def test_4010_for_a_line_whose_customers_customer_is_blocked(system: System, peer: Peer) -> None:
    """A chain of three: a block at the top denies the line at the bottom from the next request."""
    top = system.api.post("/v1/customers", {"name": "Reseller", "role": "reseller"})["id"]
    middle = system.api.post("/v1/customers", {"name": "Sub", "parent_id": top})["id"]
    line = system.line()
    account = system.api.get(f"/v1/accounts/{line.account_id}")
    move = f"/v1/customers/{account['customer_id']}/moves"
    system.api.post(move, {"parent_id": middle})
    assert call(peer, line.subscriber).result_code == 2001
    status = f"/v1/customers/{top}/status"
    system.api.put(status, {"marks": ["blocked"], "reason": "unpaid"})
    assert call(peer, line.subscriber).result_code == 4010
    system.api.put(status, {"marks": []})
    assert call(peer, line.subscriber).result_code == 2001
