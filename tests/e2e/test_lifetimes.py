"""Sessions that end without a CCR-T."""

from __future__ import annotations

import time
from typing import Any

from tests.support.diameter_peer import Peer
from tests.support.system import SHORT, System

from openmvno.story import messages as ccr
from openmvno.story.stage import Line


def short(peer: Peer, line: Line, session: str, numbered: tuple[int, int], part: Any) -> Any:
    request = peer.request(line.subscriber, session, SHORT, *numbered)
    return peer.send(ccr.with_services(request, [part]))


def until_released(system: System, line: Line, seconds: float = 8) -> float:
    began = time.monotonic()
    while system.money(line)[1] != "0.00" and time.monotonic() - began < seconds:
        time.sleep(0.05)
    return time.monotonic() - began


def test_a_silent_session_closes_after_twice_its_validity(system: System, peer: Peer) -> None:
    line = system.line()
    session = peer.new_session()
    short(peer, line, session, (ccr.INITIAL, 0), ccr.octets(None, 1_000_000, None))
    answer = short(peer, line, session, (ccr.UPDATE, 1), ccr.octets(None, 2_000_000, 1_000_000))
    assert answer.multiple_services_credit_control[0].validity_time == 1
    assert system.money(line) == ("9.90", "0.20")
    waited = until_released(system, line)
    assert 1.5 < waited < 6, "Tcc is two seconds here"
    assert system.money(line) == ("9.90", "0.00")
    cdr = system.cdrs(session)[0]
    assert (cdr["usage"], cdr["amount"], cdr["cause"]) == (1_000_000, "0.10", "expired")
    late = short(peer, line, session, (ccr.UPDATE, 2), ccr.octets(None, 1000, 1000))
    assert late.result_code == 5002


def test_a_late_termination_is_applied_once_as_a_correction(system: System, peer: Peer) -> None:
    line = system.line()
    session = peer.new_session()
    short(peer, line, session, (ccr.INITIAL, 0), ccr.octets(None, 1_000_000, None))
    until_released(system, line)
    assert system.money(line) == ("10.00", "0.00")
    for _ in range(2):
        late = short(peer, line, session, (ccr.TERMINATION, 1), ccr.octets(None, None, 500_000))
        assert late.result_code == 2001
        assert system.money(line) == ("9.95", "0.00")
    causes = {cdr["cause"]: cdr["amount"] for cdr in system.cdrs_of_line(line)}
    assert causes["late"] == "0.05"


def test_a_gateway_that_lost_its_sessions_says_so(system: System) -> None:
    line = system.line()
    with Peer(system.diameter_port, "restarting.e2e.example") as gateway:
        request = gateway.request(
            line.subscriber, gateway.new_session(), ccr.PACKET_SWITCHED, ccr.INITIAL, 0
        )
        request.origin_state_id = 1
        gateway.send(ccr.with_services(request, [ccr.octets(10, 1_000_000, None)]))
        assert system.money(line) == ("10.00", "0.10")
    with Peer(system.diameter_port, "restarting.e2e.example", greet=False) as gateway:
        hello = gateway.capabilities()
        hello.origin_state_id = 2
        assert gateway.send(hello).result_code == 2001
        until_released(system, line)
        assert system.money(line) == ("10.00", "0.00")
