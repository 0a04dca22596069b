"""An add-on of a line, and the line as far as add-ons need to know it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from openmvno.charging import Pay, command_status


class MainLine(Protocol):
    """The line an add-on is for; ``product`` is its main product."""

    @property
    def line_id(self) -> UUID: ...
    @property
    def account_id(self) -> UUID: ...
    @property
    def product(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Addon:
    """One instance of an add-on; a line may have several of the same product.

    ``price_micros``: what the catalogue asked for it, in the account's currency; ``pay``: who paid
    that. ``outcome`` is the engine's answer to its add_product once the materialiser has seen it.
    """

    instance_id: UUID
    account_id: UUID
    line_id: UUID
    product: str
    price_micros: int
    currency: str
    pay: Pay
    added_at: datetime
    ended_at: datetime | None = None
    outcome: dict[str, Any] | None = None

    @property
    def moves_money(self) -> bool:
        """Whether somebody pays for it."""
        return self.price_micros > 0 and self.pay != "none"

    @property
    def status(self) -> str:
        """pending until the engine has it, then active (or refused), ended once taken away."""
        status = command_status(self.outcome)
        if status != "refused" and self.ended_at is not None:
            return "ended"
        return "active" if status == "completed" else status
