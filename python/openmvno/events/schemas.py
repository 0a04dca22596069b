"""Events as the API shows them."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from openmvno.events.model import EngineEvent
from openmvno.rest.moments import Moment


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
            " cap_reached or unrated_usage",
        ),
    ]
    detail: Annotated[
        dict[str, Any],
        Meta(
            examples=[{"threshold": 80, "value": 4800, "bucket": {"id": 1, "code": "min100"}}],
            description="threshold: percent of a bucket, Unix milliseconds of its end, or micros"
            " of a mark; value: where it stands now, in the bucket's unit or micros. Of usage"
            " that nothing prices: session_id, service, destination, rating_group, usage",
        ),
    ]
    occurred_at: Moment


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
