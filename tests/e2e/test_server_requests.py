"""What the server asks of gateways of its own accord: Re-Auth (RFC 8506 section 5.5) and
Abort-Session (RFC 6733 section 8.5)."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

from diameter.message.commands import AbortSessionRequest, ReAuthRequest
from tests.support.diameter_peer import Peer
from tests.support.system import System

from openmvno.settings import environment
from openmvno.story import messages as ccr
from openmvno.story.stage import Line

LIMITED_SUCCESS = 2002
SUCCESS = 2001
CC_CORRELATION_ID = 411
FORCED_REAUTHORISATION = 7  # 3GPP-Reporting-Reason, TS 32.299 section 7.2.175


def surf(
    peer: Peer, line: Line, session: str, numbered: tuple[int, int], *units: int | None
) -> Any:
    """A request of a data session; units: asked, used."""
    request = peer.request(line.subscriber, session, ccr.PACKET_SWITCHED, *numbered)
    part = ccr.octets(10, *units)
    if numbered[0] == ccr.UPDATE:
        part.reporting_reason = [FORCED_REAUTHORISATION]
    return peer.send(ccr.with_services(request, [part])).multiple_services_credit_control


def expect_re_auth(peer: Peer, session: str) -> None:
    asked = peer.asked(session)
    assert isinstance(asked, ReAuthRequest)
    assert asked.session_id == session
    assert asked.destination_host == peer.peers.origin_host.encode()
    assert asked.destination_realm == peer.peers.origin_realm.encode()
    assert (asked.auth_application_id, asked.re_auth_request_type) == (4, 0)
    peer.reply(asked, LIMITED_SUCCESS)


def test_a_top_up_calls_a_session_back_that_ran_short(system: System, peer: Peer) -> None:
    line = system.line(balance="0.10")
    session = peer.new_session()
    [last] = surf(peer, line, session, (ccr.INITIAL, 0), 5_000_000, None)
    assert last.granted_service_unit.cc_total_octets == 1_000_000
    assert last.final_unit_indication is not None
    money = {"amount": "1.00", "currency": "EUR"}
    system.api.post(f"/v1/accounts/{line.account_id}/top-ups", money)
    expect_re_auth(peer, session)
    [again] = surf(peer, line, session, (ccr.UPDATE, 1), 5_000_000, 400_000)
    assert again.granted_service_unit.cc_total_octets == 5_000_000
    assert again.final_unit_indication is None
    assert system.money(line) == ("1.06", "0.50")
    surf(peer, line, session, (ccr.TERMINATION, 2), None, 100_000)
    assert peer.is_silent_about(session)


def test_a_top_up_leaves_a_session_alone_that_has_enough(system: System, peer: Peer) -> None:
    line = system.line(balance="1.00")
    session = peer.new_session()
    surf(peer, line, session, (ccr.INITIAL, 0), 1_000_000, None)
    money = {"amount": "1.00", "currency": "EUR"}
    system.api.post(f"/v1/accounts/{line.account_id}/top-ups", money)
    assert peer.is_silent_about(session)


def test_a_blocked_line_is_called_back_and_denied(system: System, peer: Peer) -> None:
    line = system.line(balance="1.00")
    session = peer.new_session()
    surf(peer, line, session, (ccr.INITIAL, 0), 1_000_000, None)
    system.api.patch(f"/v1/lines/{line.line_id}", {"status": "blocked"})
    expect_re_auth(peer, session)
    [denied] = surf(peer, line, session, (ccr.UPDATE, 1), 1_000_000, 200_000)
    assert (denied.result_code, denied.granted_service_unit) == (4010, None)
    surf(peer, line, session, (ccr.TERMINATION, 2), None, 0)
    assert system.money(line) == ("0.98", "0.00")


def test_sessions_are_ended_by_order_of_the_api(system: System, peer: Peer) -> None:
    line = system.line(balance="1.00")
    session = peer.new_session()
    surf(peer, line, session, (ccr.INITIAL, 0), 1_000_000, None)
    path = f"/v1/lines/{line.line_id}/session-aborts"
    ordered = system.api.post(path, {"session_id": session})
    assert (ordered["status"], ordered["session_ids"]) == ("ordered", [session])
    asked = peer.asked(session)
    assert isinstance(asked, AbortSessionRequest)
    assert (asked.session_id, asked.auth_application_id) == (session, 4)
    peer.reply(asked, SUCCESS)
    [denied] = surf(peer, line, session, (ccr.UPDATE, 1), 1_000_000, 200_000)
    assert (denied.result_code, denied.granted_service_unit) == (4010, None)
    surf(peer, line, session, (ccr.TERMINATION, 2), None, 100_000)
    [cdr] = system.cdrs(session)
    assert cdr["usage"] == 300_000
    assert system.money(line) == ("0.97", "0.00")


def test_sessions_are_ended_from_the_command_line(system: System, peer: Peer) -> None:
    line = system.line(balance="1.00")
    session = peer.new_session()
    surf(peer, line, session, (ccr.INITIAL, 0), 1_000_000, None)
    done = openmvno(system, "session", "abort", str(line.subscriber.msisdn), "--tenant", "e2e")
    assert (done.returncode, done.stdout.strip()) == (0, session), done.stderr
    assert isinstance(peer.asked(session), AbortSessionRequest)
    unknown = openmvno(
        system, "session", "abort", str(line.subscriber.msisdn), "--session", "x", "--tenant", "e2e"
    )
    assert unknown.returncode == 1
    assert "no open session" in unknown.stderr


def test_the_correlation_id_is_kept(system: System, peer: Peer) -> None:
    line = system.line(balance="1.00")
    session = peer.new_session()
    request = peer.request(line.subscriber, session, ccr.PACKET_SWITCHED, ccr.INITIAL, 0)
    request.cc_correlation_id = b"icid-1"
    answer = peer.send(ccr.with_services(request, [ccr.octets(10, 1_000_000, None)]))
    [kept] = answer.find_avps((CC_CORRELATION_ID, 0))
    assert kept.value == b"icid-1"
    surf(peer, line, session, (ccr.TERMINATION, 1), None, 1_000)
    [cdr] = system.cdrs(session)
    assert cdr["correlation"] == "icid-1"


def openmvno(system: System, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "openmvno", *arguments],
        env=os.environ | environment(system.settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
