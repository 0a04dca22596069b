"""A top-up: money paid in, moved onto the balance by the engine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from openmvno.charging import command_status


@dataclass(frozen=True, slots=True)
class TopUp:
    """``outcome`` is the engine's answer once the materialiser has seen it."""

    top_up_id: UUID
    account_id: UUID
    amount_micros: int
    currency: str
    reference: str
    created_at: datetime
    outcome: dict[str, Any] | None = None

    @property
    def status(self) -> str:
        """pending until the engine has applied it, then completed (or refused)."""
        return command_status(self.outcome)
