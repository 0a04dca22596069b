"""Something the engine noticed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class EngineEvent:
    """``kind``: bucket_threshold, bucket_expiring, low_balance, limit_warning, cap_reached or
    unrated_usage, with its particulars in ``detail``. ``event_id`` is time-ordered (UUIDv7);
    (``shard``, ``journal_seq``): the journal row it is from."""

    tenant_id: UUID
    event_id: UUID
    account_id: UUID
    line_id: UUID | None
    kind: str
    detail: dict[str, Any]
    occurred_at: datetime
    shard: int
    journal_seq: int
