"""A number of the pool, and the rules of the pool."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Msisdn:
    """``state``: available, reserved, assigned, quarantined, frozen, ported_in, ported_out.

    ``number_class``: standard, or how vain it is. ``until``: the end of a reservation or
    quarantine. ``donor``: the operator it came from; ``recipient``: the one it went to.
    """

    number: str
    state: str
    number_class: str
    line_id: UUID | None
    until: datetime | None
    reservation_id: UUID | None
    donor: str | None
    recipient: str | None
    version: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class NumberClass:
    """A class, and the patterns of the last digits of its numbers."""

    name: str
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NumberPolicy:
    """``classes``: the first that fits counts. ``version`` 0: the tenant has set none."""

    quarantine_days: int
    reservation_minutes: int
    classes: tuple[NumberClass, ...]
    version: int

    def as_json(self) -> list[dict[str, Any]]:
        """The classes as they are stored."""
        return [{"class": each.name, "patterns": list(each.patterns)} for each in self.classes]
