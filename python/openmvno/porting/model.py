"""A number on its way from one operator to another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Port:
    """``direction``: in (we are the recipient) or out (we are the donor); ``other``: the operator
    at the other end. ``reference``: what the clearing house calls it.

    ``state``: requested, validated, scheduled, activated, rejected, cancelled, returned.
    ``deadline_at``: by when the next step is due; of a scheduled one when it is done.
    """

    port_id: UUID
    direction: str
    reference: str
    number: str
    other: str
    line_id: UUID | None
    state: str
    scheduled_at: datetime | None
    deadline_at: datetime | None
    reason: str | None
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """What the clearing house tells us. ``kind``: requested, accepted, rejected, cancelled,
    activated, returned."""

    kind: str
    reference: str
    number: str
    other: str
    scheduled_at: datetime | None
    reason: str | None
