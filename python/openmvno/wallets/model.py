"""Content put into a wallet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from openmvno.charging import Pay, command_status


@dataclass(frozen=True, slots=True)
class TopUpWish:
    """What the client asks for: ``option``, or ``amount`` as written (and ``days``)."""

    bucket: str
    option: str | None
    amount: str | None
    days: int | None
    pay: Pay
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """What goes into the bucket: ``amount`` in its unit (micros for money), for ``days`` or as
    long as the bucket says, at a price."""

    option: str | None
    amount: int
    days: int | None
    price_micros: int


@dataclass(frozen=True, slots=True)
class WalletTopUp:
    """``pay``: balance, cash or none. ``outcome``: the engine's answer, once the materialiser has
    seen it."""

    wallet_top_up_id: UUID
    account_id: UUID
    line_id: UUID
    bucket: str
    unit: str
    top_up_option: str | None
    amount: int
    days: int | None
    pay: Pay
    price_micros: int
    currency: str
    reference: str
    created_at: datetime
    outcome: dict[str, Any] | None = None

    @property
    def status(self) -> str:
        """pending until the engine has applied it, then completed (or refused)."""
        return command_status(self.outcome)
