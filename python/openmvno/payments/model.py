"""Money paid in: top-ups of balances, and the payments behind them."""

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


@dataclass(frozen=True, slots=True)
class Provider:
    """Who takes money for the tenant. ``kind``: cash_desk, bank_transfer or stripe."""

    name: str
    kind: str
    api_url: str
    sealed_api_key: bytes | None
    sealed_webhook_secret: bytes | None
    enabled: bool
    version: int


@dataclass(frozen=True, slots=True)
class Method:
    """A saved payment method of an account; ``method_ref`` is the provider's name of it."""

    method_id: UUID
    account_id: UUID
    provider: str
    method_ref: str
    brand: str
    last4: str
    expires: str | None
    removed_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MethodSetup:
    """A page of the provider's, at ``url`` while it is open, on which a payer saves a method.

    ``state``: open, saved (as ``method_id``) or expired. ``provider_ref``: None until the provider
    has answered.
    """

    setup_id: UUID
    account_id: UUID
    provider: str
    provider_ref: str | None
    url: str | None
    state: str
    method_id: UUID | None
    expires_at: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Payment:
    """What was asked for, or simply came. The sums are those of its movements that count.

    ``state``: pending, requires_action (of the payer), received, failed or cancelled.
    """

    payment_id: UUID
    account_id: UUID | None
    provider: str
    method_id: UUID | None
    currency: str
    asked_micros: int | None
    state: str
    provider_ref: str | None
    client_secret: str | None
    action_url: str | None
    failure: str | None
    reference: str
    created_at: datetime
    received_micros: int
    fee_micros: int
    allocated_micros: int
    refunded_micros: int
    withdrawn_micros: int
    charged_back_micros: int
    recovered_micros: int
    offset_micros: int

    @property
    def unallocated_micros(self) -> int:
        """What is on no balance and was not given back."""
        return (
            self.received_micros
            - self.allocated_micros
            + self.withdrawn_micros
            - self.refunded_micros
            - self.offset_micros
        )

    @property
    def refundable_micros(self) -> int:
        """What is left to be given back."""
        return self.received_micros - self.refunded_micros - self.charged_back_micros

    @property
    def status(self) -> str:
        """The state, and of money that came how it stands to what was asked for."""
        if not self.received_micros:
            return self.state
        if self.charged_back_micros:
            return "charged_back"
        if self.refunded_micros >= self.received_micros:
            return "refunded"
        if self.asked_micros is None or self.received_micros == self.asked_micros:
            return "paid"
        return "partially_paid" if self.received_micros < self.asked_micros else "overpaid"


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement of a payment's money. ``kind``: receipt; fee; allocation to a balance;
    withdrawal from it; payout to the payer; chargeback; offset of one against what is unallocated,
    recovery of one from the balance; chargeback_won and, of what was recovered, restitution."""

    movement_id: UUID
    payment_id: UUID
    kind: str
    amount_micros: int
    account_id: UUID | None
    refund_id: UUID | None
    provider_ref: str | None
    created_at: datetime
    outcome: dict[str, Any] | None = None
    is_booked: bool = True

    @property
    def status(self) -> str:
        """pending until the engine has followed, then completed (or refused)."""
        return "completed" if self.is_booked else command_status(self.outcome)


@dataclass(frozen=True, slots=True)
class Refund:
    """Money on its way back. ``state``: withdrawing (from the balance), paying (by the provider),
    paid, refused (the balance is too small) or failed (the provider will not)."""

    refund_id: UUID
    payment_id: UUID
    account_id: UUID | None
    amount_micros: int
    reason: str
    state: str
    failure: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AutoTopUp:
    """Below ``threshold_micros`` the method pays ``amount_micros``, at most
    ``daily_limit_micros`` in a day of the tenant."""

    account_id: UUID
    method_id: UUID
    threshold_micros: int
    amount_micros: int
    daily_limit_micros: int
    enabled: bool
    version: int
