"""The Ro interoperability plan: what the switch of a host network is tested with. Each case once
straight and once through a relay.
"""

from __future__ import annotations

from typing import Any

from diameter.message.avp.grouped import ImsInformation, ServiceInformation
from diameter.message.commands import DeviceWatchdogRequest, DisconnectPeerRequest
from tests.support.diameter_peer import Peer
from tests.support.system import System

from openmvno.story import messages as ccr
from openmvno.story.messages import Subscriber
from openmvno.story.stage import Line
from openmvno.story.tariff import CALLED


def call(
    gateway: Peer,
    who: Subscriber,
    session: str,
    numbered: tuple[int, int],
    part: Any,
    information: Any = None,
) -> Any:
    request = gateway.request(who, session, ccr.VOICE, *numbered)
    request.service_information = information or ccr.called(CALLED)
    return gateway.send(ccr.with_services(request, [part]))


def from_peer(request: Any, host: str) -> Any:
    request.origin_host = host.encode()
    request.origin_realm = b"e2e.example"
    return request


def test_cer(port: int, host: str) -> None:
    with Peer(port, host, greet=False) as gateway:
        assert gateway.send(gateway.capabilities()).result_code == 2001


def test_dwr(gateway: Peer, host: str) -> None:
    assert gateway.send(from_peer(DeviceWatchdogRequest(), host)).result_code == 2001


def test_dpr(port: int, host: str) -> None:
    with Peer(port, host) as gateway:
        request = from_peer(DisconnectPeerRequest(), host)
        request.disconnect_cause = 0
        assert gateway.send(request).result_code == 2001


def test_mo_call_authorised_and_billed(system: System, gateway: Peer) -> None:
    line = system.line()
    session = gateway.new_session()
    answer = call(gateway, line.subscriber, session, (ccr.INITIAL, 0), ccr.seconds(60, None))
    (part,) = answer.multiple_services_credit_control
    assert (answer.result_code, part.granted_service_unit.cc_time) == (2001, 60)
    answer = call(gateway, line.subscriber, session, (ccr.TERMINATION, 1), ccr.seconds(None, 65))
    assert answer.result_code == 2001
    # 0.05 connection fee, 60 s and one interval of 6 s at 0.20 a minute.
    assert system.money(line) == ("9.73", "0.00")
    (cdr,) = system.cdrs(session)
    assert (cdr["usage"], cdr["amount"], cdr["rate"]) == (65, "0.27", "Croatia mobile")


def test_mo_call_rejected_without_balance(system: System, gateway: Peer) -> None:
    line = system.line(balance="0.00")
    session = gateway.new_session()
    answer = call(gateway, line.subscriber, session, (ccr.INITIAL, 0), ccr.seconds(60, None))
    (part,) = answer.multiple_services_credit_control
    assert (part.result_code, part.granted_service_unit) == (4012, None)


def test_mo_call_of_an_unknown_subscriber_rejected(system: System, gateway: Peer) -> None:
    nobody = Subscriber("385990000000", None)
    session = gateway.new_session()
    answer = call(gateway, nobody, session, (ccr.INITIAL, 0), ccr.seconds(60, None))
    assert answer.result_code == 5030


def test_mt_leg_billed(system: System, gateway: Peer) -> None:
    line = system.line()
    session = gateway.new_session()
    incoming = ServiceInformation(
        ims_information=ImsInformation(
            role_of_node=1,
            node_functionality=6,
            calling_party_address=[f"tel:+{CALLED}"],
            called_party_address=f"tel:+{line.subscriber.msisdn}",
        )
    )
    call(gateway, line.subscriber, session, (ccr.INITIAL, 0), ccr.seconds(60, None), incoming)
    call(gateway, line.subscriber, session, (ccr.TERMINATION, 1), ccr.seconds(None, 60), incoming)
    assert system.money(line) == ("9.99", "0.00")
    (cdr,) = system.cdrs(session)
    assert (cdr["direction"], cdr["rate"]) == ("terminating", "Incoming")


def test_call_goes_on_with_more_quota(system: System, gateway: Peer) -> None:
    line = system.line()
    session = gateway.new_session()
    call(gateway, line.subscriber, session, (ccr.INITIAL, 0), ccr.seconds(60, None))
    for number in (1, 2):
        answer = call(gateway, line.subscriber, session, (ccr.UPDATE, number), ccr.seconds(60, 60))
        (part,) = answer.multiple_services_credit_control
        assert part.granted_service_unit.cc_time == 60
    call(gateway, line.subscriber, session, (ccr.TERMINATION, 3), ccr.seconds(None, 30))
    # 150 s: 0.05 and 2.5 minutes at 0.20.
    assert system.money(line) == ("9.45", "0.00")


def test_two_calls_of_one_subscriber_share_the_balance(system: System, gateway: Peer) -> None:
    line = system.line(balance="0.30")
    grants = []
    for _ in range(2):
        answer = call(
            gateway, line.subscriber, gateway.new_session(), (ccr.INITIAL, 0), ccr.seconds(60, None)
        )
        (part,) = answer.multiple_services_credit_control
        grants.append(part.result_code)
    assert grants == [2001, 4012]


def test_a_call_by_imsi_alone(system: System, gateway: Peer) -> None:
    line = system.line()
    by_imsi = Line(Subscriber(None, line.subscriber.imsi), "", "")
    session = gateway.new_session()
    answer = call(gateway, by_imsi.subscriber, session, (ccr.INITIAL, 0), ccr.seconds(60, None))
    assert answer.multiple_services_credit_control[0].result_code == 2001
