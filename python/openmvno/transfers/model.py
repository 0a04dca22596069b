"""Transfers between accounts, and what a tenant allows of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Terms:
    """What accounts in a currency may send: one transfer between ``least_micros`` and
    ``most_micros``; in a day of the tenant at most ``daily_micros`` and ``daily_count`` (0: no
    limit); ``remaining_micros`` must be left. The fee: ``fee_micros`` and so many thousandths of
    the amount, beside it."""

    currency: str
    least_micros: int
    most_micros: int
    daily_micros: int
    daily_count: int
    remaining_micros: int
    fee_micros: int
    fee_per_mille: int
    version: int = 0

    def fee_of(self, amount_micros: int) -> int:
        """The fee of an amount, a part of a micro rounded up."""
        return self.fee_micros + -(-amount_micros * self.fee_per_mille // 1000)


@dataclass(frozen=True, slots=True)
class Transfer:
    """``state``: debiting; crediting, with the money in transit; completed; or refused (the sender
    has it not), returning and returned (the recipient could not get it). ``refusal``: the engine's
    word for why."""

    transfer_id: UUID
    from_account_id: UUID
    to_account_id: UUID
    currency: str
    amount_micros: int
    fee_micros: int
    state: str
    refusal: str | None
    reference: str
    shard: int
    command_seq: int
    created_at: datetime
