"""What is granted when money runs short."""

from __future__ import annotations

from typing import Any

from diameter.message import Message
from tests.support.diameter_peer import Peer
from tests.support.system import System

from openmvno.story import messages as ccr
from openmvno.story.stage import Line

TERMINATE = 0  # Final-Unit-Action, RFC 8506 section 8.35


def data(peer: Peer, line: Line, session: str, numbered: tuple[int, int], parts: list[Any]) -> Any:
    request = peer.request(line.subscriber, session, ccr.PACKET_SWITCHED, *numbered)
    return peer.send(ccr.with_services(request, parts))


def test_partial_grant_is_the_final_one(system: System, peer: Peer) -> None:
    line = system.line(balance="0.25")
    session = peer.new_session()
    answer = data(peer, line, session, (ccr.INITIAL, 0), [ccr.octets(10, 3_000_000, None)])
    part = answer.multiple_services_credit_control[0]
    assert (part.result_code, part.granted_service_unit.cc_total_octets) == (2001, 2_500_000)
    assert part.final_unit_indication.final_unit_action == TERMINATE
    assert part.validity_time == 600
    assert system.money(line) == ("0.25", "0.25")
    answer = data(peer, line, session, (ccr.UPDATE, 1), [ccr.octets(10, 1000, 2_500_000)])
    part = answer.multiple_services_credit_control[0]
    assert (part.result_code, part.granted_service_unit) == (4012, None)
    data(peer, line, session, (ccr.TERMINATION, 2), [])
    assert system.money(line) == ("0.00", "0.00")


def test_a_whole_grant_that_empties_the_balance_is_final(system: System, peer: Peer) -> None:
    line = system.line(balance="0.10")
    answer = data(
        peer, line, peer.new_session(), (ccr.INITIAL, 0), [ccr.octets(10, 1_000_000, None)]
    )
    part = answer.multiple_services_credit_control[0]
    assert part.granted_service_unit.cc_total_octets == 1_000_000
    assert part.final_unit_indication.final_unit_action == TERMINATE


def test_a_grant_that_leaves_money_is_not_final(system: System, peer: Peer) -> None:
    line = system.line(balance="0.20")
    answer = data(
        peer, line, peer.new_session(), (ccr.INITIAL, 0), [ccr.octets(10, 1_000_000, None)]
    )
    part = answer.multiple_services_credit_control[0]
    assert part.granted_service_unit.cc_total_octets == 1_000_000
    assert part.final_unit_indication is None


def test_a_rating_group_without_money_beside_one_with(system: System, peer: Peer) -> None:
    line = system.line(balance="0.10")
    parts = [ccr.octets(10, 1_000_000, None), ccr.octets(20, 1_000_000, None)]
    answer = data(peer, line, peer.new_session(), (ccr.INITIAL, 0), parts)
    assert answer.result_code == 2001
    assert ccr.service_of(answer, 10).result_code == 2001
    assert ccr.service_of(answer, 20).result_code == 4012
    assert system.money(line) == ("0.10", "0.10")


def test_a_top_up_during_a_session_is_granted_at_once(system: System, peer: Peer) -> None:
    line = system.line(balance="0.10")
    session = peer.new_session()
    data(peer, line, session, (ccr.INITIAL, 0), [ccr.octets(10, 1_000_000, None)])
    money = {"amount": "1.00", "currency": "EUR"}
    top_up = system.api.post(f"/v1/accounts/{line.account_id}/top-ups", money)
    assert (top_up["status"], top_up["balance"]) == ("completed", "1.10")
    answer = data(peer, line, session, (ccr.UPDATE, 1), [ccr.octets(10, 2_000_000, 1_000_000)])
    part = answer.multiple_services_credit_control[0]
    assert part.granted_service_unit.cc_total_octets == 2_000_000
    assert system.money(line) == ("1.00", "0.20")


def test_many_sessions_on_one_balance_never_pass_it(system: System, peer: Peer) -> None:
    line = system.line(balance="0.55")
    requests = []
    for _ in range(10):
        request = peer.request(
            line.subscriber, peer.new_session(), ccr.PACKET_SWITCHED, ccr.INITIAL, 0
        )
        requests.append(peer.octets(ccr.with_services(request, [ccr.octets(10, 1_000_000, None)])))
    peer.write(b"".join(requests))
    granted = [grant_of(peer.read()) for _ in requests]
    assert sum(granted) == 5_500_000
    assert sorted(granted) == [0] * 4 + [500_000] + [1_000_000] * 5
    assert system.money(line) == ("0.55", "0.55")


def grant_of(octets: bytes | None) -> int:
    assert octets is not None
    part = Message.from_bytes(octets).multiple_services_credit_control[0]
    units = part.granted_service_unit
    return 0 if units is None else int(units.cc_total_octets)
