"""Ports as the API takes and shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from openmvno.audit import AuditEntry
from openmvno.porting.model import Message, Port
from openmvno.provisioning import Delivery
from openmvno.rest.moments import Moment

Number = Annotated[str, Meta(examples=["385910000001"])]
Operator = Annotated[str, Meta(min_length=1, max_length=64, examples=["operator-b"])]
Instant = Annotated[datetime, Meta(tz=True)]


class NewPort(msgspec.Struct, forbid_unknown_fields=True):
    """A number of another operator that a subscriber wants to bring along.

    ``line_id``: the line that is to get it in place of its present number; left out, the number
    waits for a sign-up that names it. ``scheduled_at``: when it is wished for.
    """

    msisdn: Number
    donor: Operator
    line_id: UUID | None = None
    scheduled_at: Instant | None = None


class PortCancellation(msgspec.Struct, forbid_unknown_fields=True):
    """Why a port is given up."""

    reason: Annotated[str, Meta(max_length=200, examples=["subscriber_changed_mind"])] = ""


class PortMessage(msgspec.Struct, forbid_unknown_fields=True):
    """What the clearing house tells us. ``reference``: what it calls the port; of one that we asked
    for, the reference we sent. ``other``: the operator at the other end."""

    message: Literal["requested", "accepted", "rejected", "cancelled", "activated", "returned"]
    reference: Annotated[str, Meta(min_length=1, max_length=100, examples=["CH-2026-000017"])]
    msisdn: Number
    other: Operator
    scheduled_at: Instant | None = None
    reason: Annotated[str, Meta(max_length=200)] | None = None

    def heard(self) -> Message:
        """As the domain takes it."""
        return Message(
            self.message,
            self.reference,
            self.msisdn,
            self.other,
            self.scheduled_at,
            self.reason,
        )


class PortView(msgspec.Struct):
    """A port. ``deadline_at``: by when the next step is due."""

    id: UUID
    direction: Annotated[str, Meta(examples=["in"])]
    reference: str
    msisdn: Number
    other: Operator
    line_id: UUID | None
    state: Annotated[
        str,
        Meta(
            description="requested, validated, scheduled, activated, rejected, cancelled, returned"
        ),
    ]
    scheduled_at: Moment | None
    deadline_at: Moment | None
    reason: str | None
    created_at: Moment
    updated_at: Moment


class PortStep(msgspec.Struct):
    """A state a port came to, who brought it there, and the reason where there was one."""

    at: Moment
    state: str
    by: Annotated[str, Meta(examples=["clearing house"])]
    reason: str | None


class PortNotice(msgspec.Struct):
    """What a target is told about a port, and whether it knows. See ``/v1/deliveries``."""

    event_id: UUID
    at: Moment
    event: Annotated[str, Meta(examples=["port.requested"])]
    target: Annotated[str, Meta(examples=["clearing-house"])]
    state: Annotated[str, Meta(description="pending, delivered, dead, discarded, cancelled")]
    attempts: int
    last_error: str | None
    delivered_at: Moment | None


class PortHistory(msgspec.Struct):
    """What happened with a port, the newest first."""

    steps: list[PortStep]
    notices: list[PortNotice]


def step_view(entry: AuditEntry) -> PortStep:
    """What the API shows of a step."""
    after = entry.after or {}
    return PortStep(entry.at, str(after.get("state", "")), entry.actor, after.get("reason"))


def notice_view(delivery: Delivery) -> PortNotice:
    """What the API shows of a notice."""
    return PortNotice(
        delivery.event_id,
        delivery.created_at,
        delivery.event,
        delivery.target,
        delivery.state,
        delivery.attempts,
        delivery.last_error,
        delivery.delivered_at,
    )


def port_view(port: Port) -> PortView:
    """What the API shows of a port."""
    return PortView(
        port.port_id,
        port.direction,
        port.reference,
        port.number,
        port.other,
        port.line_id,
        port.state,
        port.scheduled_at,
        port.deadline_at,
        port.reason,
        port.created_at,
        port.updated_at,
    )
