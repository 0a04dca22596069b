"""What is counted, and a row of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Step(StrEnum):
    """How much time a row is about. Minutes and hours are UTC's, days the tenant's."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"


class Measure(StrEnum):
    """What a row counts, and what its ``kind`` and ``detail`` say."""

    USAGE = "usage"
    """CDRs. kind: the service; detail: the kind of CDR."""
    POSTING = "posting"
    """Legs of the engine's postings. kind: the ledger account."""
    TOP_UP = "top_up"
    """Money that came to a balance or wallet. kind: payment, voucher, direct; detail: balance or
    wallet."""
    PAYMENT = "payment"
    """Movements between payers and the operator. kind: of the movement; detail: the provider."""
    LINE = "line"
    """kind: opened, closed."""
    ACCOUNT = "account"
    """kind: opened."""
    FAILURE = "failure"
    """kind: the area; detail: the cause."""


@dataclass(frozen=True, slots=True)
class Statistic:
    """One sum."""

    at: datetime
    measure: str
    kind: str
    detail: str
    currency: str
    events: int
    usage: int
    amount_micros: int
