"""A line's way from one account to another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PayerChange:
    """``state``: freezing (it stands still and its sessions end), exporting, importing, releasing,
    completed; refused (nothing changed); or returning and returned (the new account could not have
    it). ``refusal``: the engine's word for why. (``shard``, ``command_seq``): the command it waits
    for. ``export_at``: until when sessions are waited for.
    """

    payer_change_id: UUID
    line_id: UUID
    from_account_id: UUID
    to_account_id: UUID
    state: str
    refusal: str | None
    reason: str
    actor: str
    export_at: datetime
    shard: int
    command_seq: int
    created_at: datetime
    updated_at: datetime
