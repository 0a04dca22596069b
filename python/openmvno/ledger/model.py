"""The accounts of the operator's ledger."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class LedgerAccount(StrEnum):
    """Where a leg goes. ``cash``, ``adjustment``, ``revenue``, ``bonus`` and ``breakage`` are the
    engine's own; the others are the operator's alone.

    ``cash`` and ``adjustment`` are in between: the engine posts money that comes to a balance
    against them, and the ledger says what it really came from.
    """

    CASH = "cash"
    ADJUSTMENT = "adjustment"
    REVENUE = "revenue"
    BONUS = "bonus"
    BREAKAGE = "breakage"
    UNALLOCATED = "unallocated"
    """Money received that is on no balance yet (a liability)."""
    PAYMENT_FEES = "payment_fees"
    """What providers kept for themselves."""
    CHARGEBACKS = "chargebacks"
    """What payers took back through their bank and no balance could give (a claim, or a loss)."""
    TRANSIT = "transit"
    """Transfers on their way from one subscriber to another; in the engine's postings, wallets of
    lines on their way from one payer to another."""
    TRANSFER_FEES = "transfer_fees"
    VOUCHERS = "vouchers"
    """What active vouchers are owed (a liability)."""
    VOUCHER_SALES = "voucher_sales"
    """What those who sell vouchers owe for active ones."""


def clearing(provider: str) -> str:
    """The account of the money that a payment provider holds for us."""
    return f"clearing:{provider}"


@dataclass(frozen=True, slots=True)
class Leg:
    """Debit (positive) or credit (negative) micros of an account, for a payer if there is one."""

    ledger_account: str
    amount_micros: int
    account_id: UUID | None = None
