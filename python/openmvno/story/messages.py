"""Credit-Control-Requests as a network sends them, encoded by python-diameter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from diameter.message.avp.grouped import (
    ImsInformation,
    MultipleServicesCreditControl,
    RecipientAddress,
    RecipientInfo,
    RequestedServiceUnit,
    ServiceInformation,
    SmsInformation,
    UsedServiceUnit,
)
from diameter.message.commands import CreditControlRequest

# CC-Request-Type, RFC 8506 section 8.3.
INITIAL: Final = 1
UPDATE: Final = 2
TERMINATION: Final = 3
EVENT: Final = 4

# Requested-Action, RFC 8506 section 8.41.
DIRECT_DEBITING: Final = 0
REFUND_ACCOUNT: Final = 1
CHECK_BALANCE: Final = 2
PRICE_ENQUIRY: Final = 3

# Service-Context-Id, TS 32.299 section 7.1.12.
PACKET_SWITCHED: Final = "32251@3gpp.org"
SMS: Final = "32274@3gpp.org"
VOICE: Final = "32276@3gpp.org"

END_USER_E164: Final = 0
END_USER_IMSI: Final = 1


@dataclass(frozen=True)
class Subscriber:
    """Whom the network names in its requests."""

    msisdn: str | None
    imsi: str | None


@dataclass(frozen=True)
class Peers:
    """Who talks to whom."""

    origin_host: str
    origin_realm: str
    destination_realm: str


def credit_control_request(
    peers: Peers,
    subscriber: Subscriber,
    session_id: str,
    context: str,
    request_type: int,
    number: int,
) -> CreditControlRequest:
    """A request with what every CCR must have (RFC 8506 section 3.1); the caller adds the rest."""
    request = CreditControlRequest()
    request.header.application_id = 4
    request.header.is_proxyable = True
    request.session_id = session_id
    request.origin_host = peers.origin_host.encode()
    request.origin_realm = peers.origin_realm.encode()
    request.destination_realm = peers.destination_realm.encode()
    request.auth_application_id = 4
    request.service_context_id = context
    request.cc_request_type = request_type
    request.cc_request_number = number
    if subscriber.msisdn is not None:
        request.add_subscription_id(END_USER_E164, subscriber.msisdn)
    if subscriber.imsi is not None:
        request.add_subscription_id(END_USER_IMSI, subscriber.imsi)
    if request_type == TERMINATION:
        request.termination_cause = 1  # DIAMETER_LOGOUT
    return request


def called(number: str) -> ServiceInformation:
    """Service-Information of an originating call (TS 32.299 section 7.2.33)."""
    return ServiceInformation(
        ims_information=ImsInformation(
            role_of_node=0, node_functionality=6, called_party_address=f"tel:+{number}"
        )
    )


def texted(number: str) -> ServiceInformation:
    """Service-Information of a message to ``number`` (TS 32.299 section 7.2.169)."""
    recipient = RecipientAddress(address_type=1, address_data=number)
    return ServiceInformation(
        sms_information=SmsInformation(
            recipient_info=[RecipientInfo(recipient_address=[recipient])]
        )
    )


def seconds(requested: int | None, used: int | None) -> MultipleServicesCreditControl:
    """Units of a call."""
    part = MultipleServicesCreditControl()
    if requested is not None:
        part.requested_service_unit = RequestedServiceUnit(cc_time=requested)
    if used is not None:
        part.used_service_unit = [UsedServiceUnit(cc_time=used)]
    return part


def octets(
    rating_group: int | None, requested: int | None, used: int | None
) -> MultipleServicesCreditControl:
    """Units of one rating group of a data session."""
    part = MultipleServicesCreditControl()
    if rating_group is not None:
        part.rating_group = rating_group
    if requested is not None:
        part.requested_service_unit = RequestedServiceUnit(cc_total_octets=requested)
    if used is not None:
        part.used_service_unit = [UsedServiceUnit(cc_total_octets=used)]
    return part


def events(count: int) -> RequestedServiceUnit:
    """So many messages."""
    return RequestedServiceUnit(cc_service_specific_units=count)


def with_services(
    request: CreditControlRequest, parts: Sequence[MultipleServicesCreditControl]
) -> CreditControlRequest:
    """The request asking for several services at once."""
    request.multiple_services_indicator = 1
    request.multiple_services_credit_control = list(parts)
    return request


def service_of(answer: Any, rating_group: int | None) -> Any:
    """The answer's Multiple-Services-Credit-Control of a rating group; None when it has none."""
    for part in answer.multiple_services_credit_control:
        if getattr(part, "rating_group", None) == rating_group:
            return part
    return None
