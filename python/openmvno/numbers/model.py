"""A number of the pool."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Msisdn:
    """``state``: available, reserved, assigned, quarantined."""

    number: str
    state: str
    line_id: UUID | None
    version: int
    updated_at: datetime
