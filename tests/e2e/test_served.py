"""Shapes of requests that gateways send and that have to be served."""

from __future__ import annotations

from typing import Any

import pytest
from diameter.message.avp.grouped import (
    ImsInformation,
    MultipleServicesCreditControl,
    RequestedServiceUnit,
    ServiceInformation,
    UsedServiceUnit,
)
from tests.support.diameter_peer import Peer
from tests.support.system import System

from openmvno.story import messages as ccr
from openmvno.story.messages import Subscriber
from openmvno.story.stage import Line
from openmvno.story.tariff import CALLED


def data(peer: Peer, line: Line, session: str, numbered: tuple[int, int], parts: list[Any]) -> Any:
    request = peer.request(line.subscriber, session, ccr.PACKET_SWITCHED, *numbered)
    return peer.send(ccr.with_services(request, parts))


def voice(peer: Peer, line: Line, session: str, numbered: tuple[int, int]) -> Any:
    request = peer.request(line.subscriber, session, ccr.VOICE, *numbered)
    request.service_information = ccr.called(CALLED)
    return request


def test_an_empty_requested_service_unit_gets_our_size(system: System, peer: Peer) -> None:
    line = system.line()
    part = MultipleServicesCreditControl(
        rating_group=10, requested_service_unit=RequestedServiceUnit()
    )
    answer = data(peer, line, peer.new_session(), (ccr.INITIAL, 0), [part])
    granted = answer.multiple_services_credit_control[0].granted_service_unit
    assert granted.cc_total_octets == 1_000_000
    assert system.money(line) == ("10.00", "0.10")


def test_usage_without_a_request_gets_no_grant(system: System, peer: Peer) -> None:
    line = system.line()
    session = peer.new_session()
    data(peer, line, session, (ccr.INITIAL, 0), [ccr.octets(10, 1_000_000, None)])
    answer = data(peer, line, session, (ccr.UPDATE, 1), [ccr.octets(10, None, 400_000)])
    part = answer.multiple_services_credit_control[0]
    assert (part.result_code, part.granted_service_unit) == (2001, None)
    assert system.money(line) == ("9.96", "0.00")


def test_several_used_service_units_are_summed(system: System, peer: Peer) -> None:
    line = system.line()
    session = peer.new_session()
    data(peer, line, session, (ccr.INITIAL, 0), [ccr.octets(10, 1_000_000, None)])
    part = ccr.octets(10, 1_000_000, None)
    part.used_service_unit = [
        UsedServiceUnit(tariff_change_usage=0, cc_total_octets=300_000),
        UsedServiceUnit(tariff_change_usage=1, cc_total_octets=200_000),
    ]
    answer = data(peer, line, session, (ccr.UPDATE, 1), [part])
    assert answer.result_code == 2001
    assert system.money(line) == ("9.95", "0.10")


def test_a_session_opened_without_services_asks_later(system: System, peer: Peer) -> None:
    line = system.line()
    session = peer.new_session()
    request = peer.request(line.subscriber, session, ccr.PACKET_SWITCHED, ccr.INITIAL, 0)
    request.multiple_services_indicator = 1
    assert peer.send(request).result_code == 2001
    assert system.money(line) == ("10.00", "0.00")
    answer = data(peer, line, session, (ccr.UPDATE, 1), [ccr.octets(10, 1_000_000, None)])
    assert ccr.service_of(answer, 10).granted_service_unit.cc_total_octets == 1_000_000
    data(peer, line, session, (ccr.TERMINATION, 2), [ccr.octets(10, None, 1_000_000)])
    assert system.cdrs(session)[0]["amount"] == "0.10"


def test_units_at_command_level(system: System, peer: Peer) -> None:
    line = system.line()
    session = peer.new_session()
    request = voice(peer, line, session, (ccr.INITIAL, 0))
    request.requested_service_unit = RequestedServiceUnit(cc_time=60)
    answer = peer.send(request)
    assert (answer.result_code, answer.granted_service_unit.cc_time) == (2001, 60)
    assert answer.validity_time == 600
    assert answer.multiple_services_credit_control == []
    assert system.money(line) == ("10.00", "0.25")
    request = voice(peer, line, session, (ccr.TERMINATION, 1))
    request.used_service_unit = [UsedServiceUnit(cc_time=65)]
    assert peer.send(request).result_code == 2001
    assert system.money(line) == ("9.73", "0.00")
    assert system.cdrs(session)[0]["usage"] == 65


def test_services_with_the_indicator_at_zero(system: System, peer: Peer) -> None:
    line = system.line()
    request = peer.request(line.subscriber, peer.new_session(), ccr.PACKET_SWITCHED, ccr.INITIAL, 0)
    ccr.with_services(request, [ccr.octets(None, 1_000_000, None)])
    request.multiple_services_indicator = 0
    answer = peer.send(request)
    part = answer.multiple_services_credit_control[0]
    assert (part.result_code, part.granted_service_unit.cc_total_octets) == (2001, 1_000_000)


@pytest.mark.parametrize("kind", ["both", "imsi", "msisdn"])
def test_imsi_and_e164_alone_and_together(system: System, peer: Peer, kind: str) -> None:
    line = system.line()
    whole = line.subscriber
    named = Subscriber(
        whole.msisdn if kind != "imsi" else None, whole.imsi if kind != "msisdn" else None
    )
    only = Line(named, line.account_id, line.line_id)
    answer = data(
        peer, only, peer.new_session(), (ccr.INITIAL, 0), [ccr.octets(10, 1_000_000, None)]
    )
    assert answer.result_code == 2001
    assert system.money(line) == ("10.00", "0.10")


def test_an_update_may_leave_the_subscriber_out(system: System, peer: Peer) -> None:
    line = system.line()
    session = peer.new_session()
    data(peer, line, session, (ccr.INITIAL, 0), [ccr.octets(10, 1_000_000, None)])
    nameless = Line(Subscriber(None, None), line.account_id, line.line_id)
    answer = data(peer, nameless, session, (ccr.UPDATE, 1), [ccr.octets(10, None, 1_000_000)])
    assert answer.result_code == 2001
    assert system.money(line) == ("9.90", "0.00")


def test_input_and_output_octets_without_a_total(system: System, peer: Peer) -> None:
    line = system.line()
    session = peer.new_session()
    data(peer, line, session, (ccr.INITIAL, 0), [ccr.octets(10, 1_000_000, None)])
    part = ccr.octets(10, None, None)
    part.used_service_unit = [UsedServiceUnit(cc_input_octets=300_000, cc_output_octets=100_000)]
    data(peer, line, session, (ccr.TERMINATION, 1), [part])
    assert system.cdrs(session)[0]["usage"] == 400_000
    assert system.money(line) == ("9.96", "0.00")


def test_more_used_than_granted_is_charged(system: System, peer: Peer) -> None:
    line = system.line()
    session = peer.new_session()
    data(peer, line, session, (ccr.INITIAL, 0), [ccr.octets(10, 1_000_000, None)])
    data(peer, line, session, (ccr.TERMINATION, 1), [ccr.octets(10, None, 1_500_000)])
    assert system.money(line) == ("9.85", "0.00")
    cdr = system.cdrs(session)[0]
    assert (cdr["amount"], cdr["overrun"]) == ("0.15", "0.00")


def test_more_used_than_the_balance_goes_to_overrun(system: System, peer: Peer) -> None:
    line = system.line(balance="0.10")
    session = peer.new_session()
    data(peer, line, session, (ccr.INITIAL, 0), [ccr.octets(10, 1_000_000, None)])
    data(peer, line, session, (ccr.TERMINATION, 1), [ccr.octets(10, None, 1_500_000)])
    assert system.money(line) == ("0.00", "0.00")
    cdr = system.cdrs(session)[0]
    assert (cdr["amount"], cdr["overrun"]) == ("0.15", "0.05")


@pytest.mark.parametrize(
    "address",
    [
        "tel:+385911234567",
        "tel:+385-91-123-4567",
        "sip:+385911234567@ims.example;user=phone",
        "0911234567",
        "00385911234567",
    ],
)
def test_forms_of_the_called_number(system: System, peer: Peer, address: str) -> None:
    line = system.line()
    session = peer.new_session()
    request = peer.request(line.subscriber, session, ccr.VOICE, ccr.INITIAL, 0)
    request.service_information = ServiceInformation(
        ims_information=ImsInformation(
            role_of_node=0, node_functionality=6, called_party_address=address
        )
    )
    answer = peer.send(ccr.with_services(request, [ccr.seconds(60, None)]))
    assert answer.multiple_services_credit_control[0].result_code == 2001
    assert system.money(line) == ("10.00", "0.25")


def test_an_incoming_call_has_the_incoming_price(system: System, peer: Peer) -> None:
    line = system.line()
    request = peer.request(line.subscriber, peer.new_session(), ccr.VOICE, ccr.INITIAL, 0)
    request.service_information = ServiceInformation(
        ims_information=ImsInformation(
            role_of_node=1,
            node_functionality=6,
            calling_party_address=["tel:+385917654321"],
            called_party_address=f"tel:+{line.subscriber.msisdn}",
        )
    )
    answer = peer.send(ccr.with_services(request, [ccr.seconds(60, None)]))
    assert answer.multiple_services_credit_control[0].result_code == 2001
    assert system.money(line) == ("10.00", "0.01")
