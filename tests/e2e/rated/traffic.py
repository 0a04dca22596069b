"""What the network sends for the operator with everything."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from diameter.message.avp.grouped import (
    ImsInformation,
    MultipleServicesCreditControl,
    PsInformation,
    ServiceInformation,
    UsedServiceUnit,
)
from tests.e2e.rated.catalog import INTERNET
from tests.support.diameter_peer import Peer

from openmvno.story import messages as ccr
from openmvno.story.stage import Line


def data(
    peer: Peer,
    line: Line,
    session: str,
    numbered: tuple[int, int],
    part: MultipleServicesCreditControl,
    where: ServiceInformation | None = None,
    *,
    at: datetime | None = None,
) -> Any:
    """A request of a data session; (CC-Request-Type, number), Event-Timestamp."""
    request = peer.request(line.subscriber, session, ccr.PACKET_SWITCHED, *numbered)
    if at is not None:
        request.event_timestamp = at
    if where is not None:
        request.service_information = where
    return peer.send(ccr.with_services(request, [part]))


def surf(
    peer: Peer, line: Line, octets: int, where: ServiceInformation | None = None
) -> tuple[str, Any]:
    """A whole data session that uses what it asks for; (Session-Id, answer to its beginning)."""
    session = peer.new_session()
    asked = ccr.octets(INTERNET, octets, None)
    answer = data(peer, line, session, (ccr.INITIAL, 0), asked, where)
    used = ccr.octets(INTERNET, None, octets)
    end = data(peer, line, session, (ccr.TERMINATION, 1), used, where)
    assert end.result_code == 2001
    return session, answer


def call(peer: Peer, line: Line, address: str, seconds: int = 60, **fields: Any) -> tuple[str, Any]:
    """The beginning of a call; (Session-Id, answer)."""
    session = peer.new_session()
    request = peer.request(line.subscriber, session, ccr.VOICE, ccr.INITIAL, 0)
    ims = ImsInformation(role_of_node=0, node_functionality=6, called_party_address=address)
    request.service_information = ServiceInformation(ims_information=ims, **fields)
    return session, peer.send(ccr.with_services(request, [ccr.seconds(seconds, None)]))


def hang_up(peer: Peer, line: Line, session: str, seconds: int) -> Any:
    """The end of a call that lasted so long."""
    request = peer.request(line.subscriber, session, ccr.VOICE, ccr.TERMINATION, 1)
    return peer.send(ccr.with_services(request, [ccr.seconds(None, seconds)]))


def served_by(plmn: str) -> ServiceInformation:
    """A data session in a visited network, by 3GPP-SGSN-MCC-MNC."""
    return ServiceInformation(ps_information=PsInformation(tgpp_sgsn_mcc_mnc=plmn))


def used_apart(before: int | None, after: int | None) -> MultipleServicesCreditControl:
    """Octets used before and after the tariff change (Tariff-Change-Usage 0 and 1)."""
    part = ccr.octets(INTERNET, None, None)
    part.used_service_unit = [
        UsedServiceUnit(tariff_change_usage=side, cc_total_octets=octets)
        for side, octets in ((0, before), (1, after))
        if octets is not None
    ]
    return part


def result_of(answer: Any) -> int:
    """The Result-Code of the one service in an answer, else of the whole."""
    parts = answer.multiple_services_credit_control
    return int(parts[0].result_code if parts else answer.result_code)


def granted(answer: Any) -> int | None:
    """The octets or seconds granted."""
    units = answer.multiple_services_credit_control[0].granted_service_unit
    if units is None:
        return None
    return int(units.cc_total_octets or units.cc_time or 0)
