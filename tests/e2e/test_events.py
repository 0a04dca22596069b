"""One-time events: debit, refund, price enquiry, balance check (RFC 8506 section 6)."""

from __future__ import annotations

from typing import Any

from diameter.message import Avp
from diameter.message.constants import (
    AVP_CC_CORRELATION_ID,
    AVP_TGPP_REFUND_INFORMATION,
    VENDOR_TGPP,
)
from tests.support.diameter_peer import Peer, failed
from tests.support.system import System

from openmvno.story import messages as ccr
from openmvno.story.stage import Line
from openmvno.story.tariff import CALLED


def event(
    peer: Peer,
    line: Line,
    action: int,
    units: int | None = 1,
    *,
    correlation: bytes | None = None,
    refund_of: bytes | None = None,
) -> Any:
    request = peer.request(line.subscriber, peer.new_session(), ccr.SMS, ccr.EVENT, 0)
    request.requested_action = action
    if units is not None:
        request.requested_service_unit = ccr.events(units)
    request.service_information = ccr.texted(CALLED)
    if correlation is not None:
        request.cc_correlation_id = correlation
    if refund_of is not None:
        request.append_avp(Avp.new(AVP_TGPP_REFUND_INFORMATION, VENDOR_TGPP, value=refund_of))
    return peer.send(request)


def refund_information(answer: Any) -> bytes:
    (found,) = answer.find_avps((AVP_TGPP_REFUND_INFORMATION, VENDOR_TGPP))
    value: bytes = found.value
    return value


def cost(answer: Any) -> tuple[int, int]:
    """Value-Digits and Exponent."""
    value = answer.cost_information.unit_value
    assert answer.cost_information.currency_code == 978  # EUR, ISO 4217
    return value.value_digits, value.exponent or 0


def micros(answer: Any) -> int:
    digits, exponent = cost(answer)
    scaled, rest = divmod(digits * 10 ** (6 + exponent), 1) if exponent >= -6 else (0, 1)
    assert rest == 0
    return int(scaled)


def test_a_debit_charges_at_once(system: System, peer: Peer) -> None:
    line = system.line()
    answer = event(peer, line, ccr.DIRECT_DEBITING, 3)
    assert answer.result_code == 2001
    assert answer.granted_service_unit.cc_service_specific_units == 3
    assert micros(answer) == 240_000
    assert system.money(line) == ("9.76", "0.00")
    cdr = system.cdrs(answer.session_id)[0]
    assert (cdr["kind"], cdr["usage"], cdr["amount"]) == ("event", 3, "0.24")


def test_a_debit_is_all_or_nothing(system: System, peer: Peer) -> None:
    line = system.line(balance="0.20")
    assert event(peer, line, ccr.DIRECT_DEBITING, 3).result_code == 4012
    assert system.money(line) == ("0.20", "0.00")


def test_a_refund_by_refund_information_is_given_once(system: System, peer: Peer) -> None:
    line = system.line()
    debit = event(peer, line, ccr.DIRECT_DEBITING, 2)
    named = refund_information(debit)
    refund = event(peer, line, ccr.REFUND_ACCOUNT, None, refund_of=named)
    assert refund.result_code == 2001
    assert micros(refund) == 160_000
    assert system.money(line) == ("10.00", "0.00")
    again = event(peer, line, ccr.REFUND_ACCOUNT, None, refund_of=named)
    assert again.result_code == 5004
    assert [avp.code for avp in failed(again)] == [AVP_TGPP_REFUND_INFORMATION]
    assert system.money(line) == ("10.00", "0.00")
    cdr = system.cdrs(refund.session_id)[0]
    assert (cdr["kind"], cdr["amount"]) == ("refund", "-0.16")
    assert cdr["refers_to"] == named.decode()


def test_a_refund_by_correlation(system: System, peer: Peer) -> None:
    line = system.line()
    event(peer, line, ccr.DIRECT_DEBITING, 2, correlation=b"order-1")
    refund = event(peer, line, ccr.REFUND_ACCOUNT, None, correlation=b"order-1")
    assert refund.result_code == 2001
    assert [avp.value for avp in refund.find_avps((AVP_CC_CORRELATION_ID, 0))] == [b"order-1"]
    assert system.money(line) == ("10.00", "0.00")
    assert event(peer, line, ccr.REFUND_ACCOUNT, None, correlation=b"order-1").result_code == 5004
    assert system.money(line) == ("10.00", "0.00")


def test_a_refund_never_exceeds_its_debit(system: System, peer: Peer) -> None:
    line = system.line()
    named = refund_information(event(peer, line, ccr.DIRECT_DEBITING, 2))
    too_much = event(peer, line, ccr.REFUND_ACCOUNT, 3, refund_of=named)
    assert too_much.result_code == 5004
    assert system.money(line) == ("9.84", "0.00")
    part = event(peer, line, ccr.REFUND_ACCOUNT, 1, refund_of=named)
    assert part.result_code == 2001
    assert system.money(line) == ("9.92", "0.00")


def test_a_refund_has_to_name_a_debit_of_the_account(system: System, peer: Peer) -> None:
    line, other = system.line(), system.line()
    assert event(peer, line, ccr.REFUND_ACCOUNT, None).result_code == 5005
    named = refund_information(event(peer, other, ccr.DIRECT_DEBITING, 1))
    assert event(peer, line, ccr.REFUND_ACCOUNT, None, refund_of=named).result_code == 5004
    assert event(peer, line, ccr.REFUND_ACCOUNT, None, correlation=b"never").result_code == 5004
    assert system.money(line) == ("10.00", "0.00")


def test_a_price_enquiry_moves_nothing(system: System, peer: Peer) -> None:
    line = system.line()
    answer = event(peer, line, ccr.PRICE_ENQUIRY, 5)
    assert (answer.result_code, micros(answer)) == (2001, 400_000)
    assert system.money(line) == ("10.00", "0.00")


def test_a_balance_check_says_whether_it_is_enough(system: System, peer: Peer) -> None:
    line = system.line(balance="0.20")
    enough = event(peer, line, ccr.CHECK_BALANCE, 2)
    assert (enough.result_code, enough.check_balance_result) == (2001, 0)  # ENOUGH_CREDIT
    short = event(peer, line, ccr.CHECK_BALANCE, 3)
    assert (short.result_code, short.check_balance_result) == (2001, 1)  # NO_CREDIT
    assert system.money(line) == ("0.20", "0.00")
