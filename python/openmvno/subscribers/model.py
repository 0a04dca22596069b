"""A line: one SIM card with one number on one payer account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Line:
    """``status``: preactive, active, blocked, suspended, closed."""

    line_id: UUID
    account_id: UUID
    product: str
    msisdn: str
    imsi: str
    iccid: str
    status: str
    version: int
    created_at: datetime
    updated_at: datetime
