"""The same request again, and what only looks like it."""

from __future__ import annotations

from typing import Any

from diameter.message.constants import AVP_CC_REQUEST_NUMBER
from tests.support.diameter_peer import Peer, failed
from tests.support.system import System

from openmvno.story import messages as ccr
from openmvno.story.stage import Line
from openmvno.story.tariff import CALLED


def update(peer: Peer, line: Line, session: str, number: int, used: int) -> Any:
    request = peer.request(line.subscriber, session, ccr.PACKET_SWITCHED, ccr.UPDATE, number)
    return ccr.with_services(request, [ccr.octets(10, 1_000_000, used)])


def opened(peer: Peer, line: Line) -> str:
    session = peer.new_session()
    request = peer.request(line.subscriber, session, ccr.PACKET_SWITCHED, ccr.INITIAL, 0)
    assert peer.send(ccr.with_services(request, [ccr.octets(10, 1_000_000, None)])).result_code
    return session


def body(octets: bytes | None) -> bytes:
    """A message without its header, which carries the hop-by-hop identifier."""
    assert octets is not None
    return octets[20:]


def test_a_retransmission_gets_the_same_answer(system: System, peer: Peer) -> None:
    line = system.line()
    session = opened(peer, line)
    request = update(peer, line, session, 1, 500_000)
    peer.write(peer.octets(request))
    first = body(peer.read())
    for retransmitted in (False, True):
        request.header.is_retransmit = retransmitted
        peer.write(peer.octets(request))
        assert body(peer.read()) == first
    assert system.money(line) == ("9.95", "0.10")


def test_a_retransmission_on_another_connection(system: System, peer: Peer) -> None:
    line = system.line()
    session = opened(peer, line)
    request = update(peer, line, session, 1, 500_000)
    peer.write(peer.octets(request))
    first = body(peer.read())
    with Peer(system.diameter_port) as other:
        request.header.is_retransmit = True
        other.write(other.octets(request))
        assert body(other.read()) == first
    assert system.money(line) == ("9.95", "0.10")


def test_a_termination_again_after_the_session_is_gone(system: System, peer: Peer) -> None:
    line = system.line()
    session = opened(peer, line)
    request = peer.request(line.subscriber, session, ccr.PACKET_SWITCHED, ccr.TERMINATION, 1)
    ccr.with_services(request, [ccr.octets(10, None, 700_000)])
    assert peer.send(request).result_code == 2001
    request.header.is_retransmit = True
    assert peer.send(request).result_code == 2001
    assert system.money(line) == ("9.93", "0.00")
    assert system.cdrs(session)[0]["amount"] == "0.07"


def test_another_content_under_the_same_number_is_refused(system: System, peer: Peer) -> None:
    line = system.line()
    session = opened(peer, line)
    assert peer.send(update(peer, line, session, 1, 500_000)).result_code == 2001
    answer = peer.send(update(peer, line, session, 1, 600_000))
    assert answer.result_code == 5004
    assert [avp.code for avp in failed(answer)] == [AVP_CC_REQUEST_NUMBER]
    assert system.money(line) == ("9.95", "0.10")


def test_a_first_seen_request_with_the_t_flag_is_charged(system: System, peer: Peer) -> None:
    line = system.line()
    request = peer.request(line.subscriber, peer.new_session(), ccr.SMS, ccr.EVENT, 0)
    request.requested_action = ccr.DIRECT_DEBITING
    request.requested_service_unit = ccr.events(1)
    request.service_information = ccr.texted(CALLED)
    request.header.is_retransmit = True
    assert peer.send(request).result_code == 2001
    assert system.money(line) == ("9.92", "0.00")
    assert peer.send(request).result_code == 2001
    assert system.money(line) == ("9.92", "0.00")


def test_a_session_opened_with_the_t_flag(system: System, peer: Peer) -> None:
    line = system.line()
    request = peer.request(line.subscriber, peer.new_session(), ccr.PACKET_SWITCHED, ccr.INITIAL, 0)
    ccr.with_services(request, [ccr.octets(10, 1_000_000, None)])
    request.header.is_retransmit = True
    answers = [peer.send(request).multiple_services_credit_control[0] for _ in range(2)]
    assert [part.granted_service_unit.cc_total_octets for part in answers] == [1_000_000] * 2
    assert system.money(line) == ("10.00", "0.10")
