"""The Gy interoperability plan: what a host network's packet gateway is tested with before it goes
live. Each case once straight and once through a relay.
"""

from __future__ import annotations

import time
from typing import Any

import pytest
from diameter.message.commands import DisconnectPeerRequest
from tests.support.diameter_peer import Peer
from tests.support.system import System

from openmvno.story import messages as ccr
from openmvno.story.messages import Subscriber
from openmvno.story.stage import Line

MEGABYTE = 1_000_000
TERMINATE = 0  # Final-Unit-Action, RFC 8506 section 8.35
PAID, FREE = 10, 11


def data(
    gateway: Peer, who: Subscriber, session: str, numbered: tuple[int, int], parts: list[Any]
) -> Any:
    request = gateway.request(who, session, ccr.PACKET_SWITCHED, *numbered)
    return gateway.send(ccr.with_services(request, parts))


def established(gateway: Peer, line: Line, parts: list[Any] | None = None) -> tuple[str, Any]:
    session = gateway.new_session()
    parts = parts or [ccr.octets(PAID, MEGABYTE, None)]
    return session, data(gateway, line.subscriber, session, (ccr.INITIAL, 0), parts)


def test_cer(port: int, host: str) -> None:
    with Peer(port, host, greet=False) as gateway:
        answer = gateway.send(gateway.capabilities())
        assert answer.result_code == 2001
        assert answer.origin_host


def test_dpr(port: int, host: str) -> None:
    with Peer(port, host) as gateway:
        request = DisconnectPeerRequest()
        request.origin_host = host.encode()
        request.origin_realm = b"e2e.example"
        request.disconnect_cause = 0
        assert gateway.send(request).result_code == 2001


def test_ts01_interconnect(system: System, port: int, host: str) -> None:
    """Connected, and what is asked for our realm reaches us and comes back."""
    with Peer(port, host) as gateway:
        nobody = Subscriber("999999999999999", None)
        _, answer = established(gateway, Line(nobody, "", ""))
        assert answer.origin_host == b"ocs.openmvno.example"
        assert answer.result_code == 5030


def test_ts02_establish(system: System, gateway: Peer) -> None:
    line = system.line()
    _, answer = established(gateway, line)
    part = ccr.service_of(answer, PAID)
    assert (answer.result_code, part.result_code) == (2001, 2001)
    assert part.granted_service_unit.cc_total_octets == MEGABYTE
    assert part.validity_time == 600
    assert system.money(line) == ("10.00", "0.10")


def test_ts03_unknown_subscriber_rejected(system: System, gateway: Peer) -> None:
    nobody = Subscriber("385990000000", "219990000000000")
    _, answer = established(gateway, Line(nobody, "", ""))
    assert answer.result_code == 5030
    assert answer.multiple_services_credit_control == []


@pytest.mark.parametrize("status", ["blocked", "suspended"])
def test_ts03a_subscriber_out_of_service_rejected(
    system: System, gateway: Peer, status: str
) -> None:
    line = system.line()
    system.api.patch(f"/v1/lines/{line.line_id}", {"status": status})
    _, answer = established(gateway, line)
    assert answer.result_code == 4010
    assert system.money(line) == ("10.00", "0.00")


def test_ts04_billing_session(system: System, gateway: Peer) -> None:
    line = system.line()
    session, _ = established(gateway, line)
    for number in (1, 2):
        part = ccr.octets(PAID, MEGABYTE, MEGABYTE)
        answer = data(gateway, line.subscriber, session, (ccr.UPDATE, number), [part])
        assert ccr.service_of(answer, PAID).granted_service_unit.cc_total_octets == MEGABYTE
    last = ccr.octets(PAID, None, 500_000)
    answer = data(gateway, line.subscriber, session, (ccr.TERMINATION, 3), [last])
    assert answer.result_code == 2001
    assert system.money(line) == ("9.75", "0.00")
    (cdr,) = system.cdrs(session)
    assert (cdr["usage"], cdr["amount"], cdr["rate"]) == (2_500_000, "0.25", "Internet")


def test_ts04a_several_rating_groups_one_paid_one_free(system: System, gateway: Peer) -> None:
    line = system.line()
    parts = [ccr.octets(PAID, MEGABYTE, None), ccr.octets(FREE, MEGABYTE, None)]
    session, answer = established(gateway, line, parts)
    for group in (PAID, FREE):
        part = ccr.service_of(answer, group)
        assert part.granted_service_unit.cc_total_octets == MEGABYTE
    assert system.money(line) == ("10.00", "0.10")
    used = [ccr.octets(PAID, None, 300_000), ccr.octets(FREE, None, 700_000)]
    data(gateway, line.subscriber, session, (ccr.TERMINATION, 1), used)
    assert system.money(line) == ("9.97", "0.00")
    amounts = {cdr["rating_group"]: cdr["amount"] for cdr in system.cdrs(session, 2)}
    assert amounts == {PAID: "0.03", FREE: "0.00"}


def test_ts05_quota_depleted(system: System, gateway: Peer) -> None:
    """The last grant says that it is the last, and what is asked beyond is refused."""
    line = system.line(balance="0.15")
    session, answer = established(gateway, line)
    assert ccr.service_of(answer, PAID).final_unit_indication is None
    more = ccr.octets(PAID, MEGABYTE, MEGABYTE)
    answer = data(gateway, line.subscriber, session, (ccr.UPDATE, 1), [more])
    part = ccr.service_of(answer, PAID)
    assert part.granted_service_unit.cc_total_octets == 500_000
    assert part.final_unit_indication.final_unit_action == TERMINATE
    more = ccr.octets(PAID, MEGABYTE, 500_000)
    answer = data(gateway, line.subscriber, session, (ccr.UPDATE, 2), [more])
    assert ccr.service_of(answer, PAID).result_code == 4012
    assert system.money(line) == ("0.00", "0.00")


def test_ts06_insufficient_funds(system: System, gateway: Peer) -> None:
    line = system.line(balance="0.00")
    _, answer = established(gateway, line)
    assert ccr.service_of(answer, PAID).result_code == 4012
    assert ccr.service_of(answer, PAID).granted_service_unit is None


def test_a_repeated_termination_charges_once(system: System, gateway: Peer) -> None:
    line = system.line()
    session, _ = established(gateway, line)
    request = gateway.request(line.subscriber, session, ccr.PACKET_SWITCHED, ccr.TERMINATION, 1)
    octets = gateway.octets(ccr.with_services(request, [ccr.octets(PAID, None, MEGABYTE)]))
    first = gateway.exchange(octets)
    again = octets[:4] + bytes([octets[4] | 0x10]) + octets[5:12] + b"\x7f\0\0\1" + octets[16:]
    second = gateway.exchange(again)
    assert (first.result_code, second.result_code) == (2001, 2001)
    time.sleep(1)
    assert system.money(line) == ("9.90", "0.00")
