"""Targets and deliveries as the API takes and shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from openmvno.provisioning.model import Delivery, Target

Url = Annotated[str, Meta(max_length=2000, examples=["https://hlr.example.net/openmvno"])]


class TargetIn(msgspec.Struct, forbid_unknown_fields=True):
    """Where line events go. ``secret`` signs each request and is never shown again."""

    url: Url
    secret: Annotated[str, Meta(max_length=500, examples=["a long random text"])]
    enabled: bool = True


class TargetView(msgspec.Struct):
    """A provisioning target."""

    name: str
    url: Url
    enabled: bool
    created_at: datetime
    updated_at: datetime


class DeliveryView(msgspec.Struct):
    """An event on its way to a target."""

    event_id: UUID
    target: str
    subject_id: UUID
    sequence: int
    event: Annotated[str, Meta(examples=["line.activated"])]
    state: Annotated[str, Meta(description="pending, delivered, dead, discarded, cancelled")]
    attempts: int
    next_attempt_at: datetime
    last_error: str | None
    delivered_at: datetime | None
    occurred_at: datetime
    payload: dict[str, Any]


def target_view(target: Target) -> TargetView:
    """What the API shows of a target."""
    return TargetView(target.name, target.url, target.enabled, target.created_at, target.updated_at)


def delivery_view(delivery: Delivery) -> DeliveryView:
    """What the API shows of a delivery."""
    return DeliveryView(
        delivery.event_id,
        delivery.target,
        delivery.subject_id,
        delivery.sequence,
        delivery.event,
        delivery.state,
        delivery.attempts,
        delivery.next_attempt_at,
        delivery.last_error,
        delivery.delivered_at,
        delivery.created_at,
        delivery.payload,
    )
