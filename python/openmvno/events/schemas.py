"""Events as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from openmvno.events.model import EngineEvent


class EventView(msgspec.Struct):
    """Something the engine noticed while charging."""

    id: UUID
    account_id: UUID
    line_id: UUID | None
    kind: Annotated[
        str,
        Meta(
            examples=["bucket_threshold"],
            description="bucket_threshold, bucket_expiring, low_balance, limit_warning,"
            " cap_reached, throttled …",
        ),
    ]
    detail: Annotated[dict[str, Any], Meta(examples=[{"bucket": "min100", "percent": 80}])]
    occurred_at: datetime


def event_view(event: EngineEvent) -> EventView:
    """What the API shows of an event."""
    return EventView(
        event.event_id,
        event.account_id,
        event.line_id,
        event.kind,
        event.detail,
        event.occurred_at,
    )
