"""Vouchers: cards with a PIN that somebody pays for and somebody types in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from openmvno.charging import command_status

SERIAL_DIGITS: Final = 12


def shown_serial(serial: int) -> str:
    """A serial number as it is printed."""
    return f"{serial:0{SERIAL_DIGITS}d}"


@dataclass(frozen=True, slots=True)
class Terms:
    """What each voucher of a batch is worth: ``face_micros`` is what it is sold for.

    ``kind``: balance; wallet, which puts ``amount`` (in ``unit``) into ``bucket`` for ``days``; or
    product, which gives the add-on ``product``. What is printed holds, whatever is sold later.
    """

    kind: str
    face_micros: int
    currency: str
    bucket: str | None = None
    unit: str | None = None
    amount: int | None = None
    days: int | None = None
    product: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Vouchers made together, with the serial numbers from ``first_serial`` to ``last_serial``."""

    batch_id: UUID
    name: str
    first_serial: int
    last_serial: int
    kind: str
    face_micros: int
    currency: str
    bucket: str | None
    unit: str | None
    amount: int | None
    days: int | None
    product: str | None
    expires_at: datetime
    created_at: datetime

    @property
    def count(self) -> int:
        """How many vouchers it has."""
        return self.last_serial - self.first_serial + 1


@dataclass(frozen=True, slots=True)
class Voucher:
    """``state``: generated, active, redeemed, blocked or expired."""

    serial: int
    batch_id: UUID
    state: str
    redemption_id: UUID | None


@dataclass(frozen=True, slots=True)
class Redemption:
    """A voucher that was used. ``redemption_id`` is also the id of the top-up, wallet top-up or
    add-on that it became; ``lifetime_days`` what the table of lifetimes gave for it."""

    redemption_id: UUID
    serial: int
    batch_id: UUID
    account_id: UUID
    line_id: UUID | None
    kind: str
    face_micros: int
    currency: str
    bucket: str | None
    unit: str | None
    amount: int | None
    days: int | None
    product: str | None
    lifetime_days: int | None
    origin: str
    created_at: datetime
    outcome: dict[str, Any] | None = None

    @property
    def status(self) -> str:
        """pending until the engine has applied it, then completed (or refused)."""
        return command_status(self.outcome)


@dataclass(frozen=True, slots=True)
class Lifetime:
    """Days that a voucher of at least ``from_micros`` lets a subscriber live on."""

    currency: str
    from_micros: int
    days: int


@dataclass(frozen=True, slots=True)
class RangeChange:
    """What became of a range of serial numbers: how many changed, and what they are worth."""

    first_serial: int
    last_serial: int
    state: str
    changed: int
