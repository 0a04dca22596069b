"""What a gateway is told beside the size of its grants (RFC 8506 section 5.6, TS 32.299 6.5)."""

from __future__ import annotations

from typing import Any

import pytest
from diameter.message.avp.grouped import PsInformation, ServiceInformation
from tests.e2e.rated.catalog import BY_THOUSANDS, MEGABYTE
from tests.e2e.rated.conftest import NewOperator
from tests.support.diameter_peer import Peer
from tests.support.system import System

from openmvno.story import messages as ccr
from openmvno.story.stage import Line

REDIRECT, RESTRICT_ACCESS = 1, 2  # Final-Unit-Action, RFC 8506 section 8.35
URL = 2  # Redirect-Address-Type, RFC 8506 section 8.38
FILTER_ID, FINAL_UNIT_ACTION, QOS_FINAL_UNIT_INDICATION = 11, 449, 669
RATING_CONDITION_CHANGE = 6  # 3GPP-Reporting-Reason, TS 32.299 section 7.2.175
LOCATION, RAT = 3, 4  # Trigger-Type, TS 32.299 section 7.2.227
TABLES = [{"table": "data-usa", "when": {"zones": ["usa"]}}, "data-home"]

CATALOG: dict[str, Any] = {
    "currency": "EUR",
    "services": [
        {
            "code": "data",
            "unit": "octet",
            "service_contexts": [ccr.PACKET_SWITCHED],
            "grant": {
                "default": MEGABYTE,
                "maximum": 10**9,
                "validity_time": 600,
                "threshold": 100_000,
                "holding_time": 300,
            },
            "final_unit": {"action": "redirect", "redirect_to": "https://topup.example/"},
            "triggers": ["location", "rat"],
        }
    ],
    "zones": [{"code": "home", "plmns": ["21901"]}, {"code": "usa", "plmns": ["310"]}],
    "rate_tables": [
        {
            "code": f"data-{zone}",
            "service": "data",
            "rates": [
                {"default": True, "name": zone, "price": price, "per": MEGABYTE, **BY_THOUSANDS}
            ],
        }
        for zone, price in (("home", "0.10"), ("usa", "5.00"))
    ],
    "buckets": [
        {
            "code": "quota",
            "unit": "octet",
            "amount": MEGABYTE,
            "pays": [{"service": "data"}],
            "exhausted": "throttle",
            "throttle": "256kbps",
        }
    ],
    "products": [
        {"code": "basic", "rate_tables": TABLES},
        {
            "code": "walled",
            "rate_tables": TABLES,
            "final_units": [
                {
                    "service": "data",
                    "action": "restrict",
                    "filter_ids": ["portal"],
                    "filter_rules": ["permit out ip from 192.0.2.1 to any"],
                }
            ],
        },
        {"code": "slow", "rate_tables": TABLES, "buckets": ["quota"]},
    ],
}


@pytest.fixture(scope="module")
def operator(new_operator: NewOperator) -> System:
    """An operator that redirects, restricts and throttles."""
    return new_operator("final", CATALOG)


def surf(
    peer: Peer,
    line: Line,
    session: str,
    numbered: tuple[int, int],
    part: Any,
    plmn: str = "21901",
) -> Any:
    request = peer.request(line.subscriber, session, ccr.PACKET_SWITCHED, *numbered)
    request.service_information = ServiceInformation(
        ps_information=PsInformation(tgpp_sgsn_mcc_mnc=plmn)
    )
    answer = peer.send(ccr.with_services(request, [part]))
    assert answer.result_code == 2001
    parts = answer.multiple_services_credit_control
    return parts[0] if parts else None


def test_a_used_up_balance_redirects_until_a_top_up(operator: System, peer: Peer) -> None:
    line = operator.line(balance="0.10", product="basic")
    session = peer.new_session()
    last = surf(peer, line, session, (ccr.INITIAL, 0), ccr.octets(10, 5 * MEGABYTE, None))
    assert last.granted_service_unit.cc_total_octets == MEGABYTE
    final = last.final_unit_indication
    assert final.final_unit_action == REDIRECT
    assert final.redirect_server.redirect_address_type == URL
    assert final.redirect_server.redirect_server_address == "https://topup.example/"
    assert last.volume_quota_threshold is None, "there is nothing to ask for"
    led = surf(peer, line, session, (ccr.UPDATE, 1), ccr.octets(10, MEGABYTE, MEGABYTE))
    assert (led.result_code, led.granted_service_unit, led.validity_time) == (2001, None, 600)
    assert led.final_unit_indication.final_unit_action == REDIRECT
    money = {"amount": "1.00", "currency": "EUR"}
    operator.api.post(f"/v1/accounts/{line.account_id}/top-ups", money)
    peer.reply(peer.asked(session), 2002)
    again = surf(peer, line, session, (ccr.UPDATE, 2), ccr.octets(10, MEGABYTE, None))
    assert again.granted_service_unit.cc_total_octets == MEGABYTE
    assert again.final_unit_indication is None
    surf(peer, line, session, (ccr.TERMINATION, 3), ccr.octets(10, None, 0))


def test_a_product_restricts_in_place_of_it(operator: System, peer: Peer) -> None:
    line = operator.line(balance="0.00", product="walled")
    session = peer.new_session()
    opened = surf(peer, line, session, (ccr.INITIAL, 0), ccr.octets(10, MEGABYTE, None))
    assert (opened.result_code, opened.granted_service_unit) == (2001, None)
    final = opened.final_unit_indication
    assert final.final_unit_action == RESTRICT_ACCESS
    assert final.filter_id == ["portal"]
    [rule] = final.restriction_filter_rule
    assert rule in ("permit out ip from 192.0.2.1 to any", b"permit out ip from 192.0.2.1 to any")
    surf(peer, line, session, (ccr.TERMINATION, 1), ccr.octets(10, None, 0))


def test_a_throttled_profile_is_named(operator: System, peer: Peer) -> None:
    line = operator.line(balance="0.00", product="slow")
    session = peer.new_session()
    last = surf(peer, line, session, (ccr.INITIAL, 0), ccr.octets(10, 5 * MEGABYTE, None))
    assert last.granted_service_unit.cc_total_octets == MEGABYTE
    assert throttled(last) == {FINAL_UNIT_ACTION: RESTRICT_ACCESS, FILTER_ID: "256kbps"}
    part = ccr.octets(10, 5 * MEGABYTE, MEGABYTE)
    slow = surf(peer, line, session, (ccr.UPDATE, 1), part)
    assert slow.granted_service_unit.cc_total_octets == 5 * MEGABYTE
    assert throttled(slow) == {FINAL_UNIT_ACTION: RESTRICT_ACCESS, FILTER_ID: "256kbps"}
    surf(peer, line, session, (ccr.TERMINATION, 2), ccr.octets(10, None, 2 * MEGABYTE))
    [cdr] = operator.cdrs(session)
    assert (cdr["usage"], cdr["amount"]) == (3 * MEGABYTE, "0.00")


def throttled(part: Any) -> dict[int, Any]:
    """What a QoS-Final-Unit-Indication says; python-diameter does not know it in an MSCC."""
    [group] = [avp for avp in part.additional_avps if avp.code == QOS_FINAL_UNIT_INDICATION]
    return {avp.code: avp.value for avp in group.value}


def test_a_grant_says_when_to_come_back(operator: System, peer: Peer) -> None:
    line = operator.line(balance="1.00", product="basic")
    session = peer.new_session()
    granted = surf(peer, line, session, (ccr.INITIAL, 0), ccr.octets(10, MEGABYTE, None))
    assert (granted.volume_quota_threshold, granted.quota_holding_time) == (100_000, 300)
    assert granted.trigger.trigger_type == [LOCATION, RAT]
    small = surf(peer, line, session, (ccr.UPDATE, 1), ccr.octets(10, 50_000, None))
    assert small.volume_quota_threshold is None, "the client would come back at once"
    surf(peer, line, session, (ccr.TERMINATION, 2), ccr.octets(10, None, 0))


def test_a_change_of_conditions_is_priced_from_then_on(operator: System, peer: Peer) -> None:
    line = operator.line(balance="20.00", product="basic")
    session = peer.new_session()
    surf(peer, line, session, (ccr.INITIAL, 0), ccr.octets(10, MEGABYTE, None))
    part = ccr.octets(10, MEGABYTE, MEGABYTE)
    part.reporting_reason = [RATING_CONDITION_CHANGE]
    surf(peer, line, session, (ccr.UPDATE, 1), part, plmn="310260")
    assert operator.money(line) == ("19.90", "5.00")
    surf(peer, line, session, (ccr.TERMINATION, 2), ccr.octets(10, None, MEGABYTE), plmn="310260")
    home, usa = operator.cdrs(session, 2)
    assert (home["amount"], usa["amount"]) == ("0.10", "5.00")
    assert operator.money(line) == ("14.90", "0.00")
