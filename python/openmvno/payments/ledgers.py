"""What each movement of a payment's money is in the books: one place for all of them.

Money comes in at a provider (``clearing:…``) and waits in ``unallocated`` until it is on a balance;
back it goes the same way. ``cash`` and ``adjustment`` take the other side of what the engine posts.
"""

from __future__ import annotations

from openmvno.ledger import LedgerAccount, Leg, clearing

_UNALLOCATED = LedgerAccount.UNALLOCATED


def legs_of(kind: str, provider: str, micros: int) -> list[Leg]:
    """The legs of a movement of ``micros``, debit first."""
    held = clearing(provider)
    debit, credit = {
        "receipt": (held, _UNALLOCATED),
        "fee": (LedgerAccount.PAYMENT_FEES, held),
        "allocation": (_UNALLOCATED, LedgerAccount.CASH),
        "withdrawal": (LedgerAccount.ADJUSTMENT, _UNALLOCATED),
        "payout": (_UNALLOCATED, held),
        "chargeback": (LedgerAccount.CHARGEBACKS, held),
        "offset": (_UNALLOCATED, LedgerAccount.CHARGEBACKS),
        "recovery": (LedgerAccount.ADJUSTMENT, LedgerAccount.CHARGEBACKS),
        "chargeback_won": (held, LedgerAccount.CHARGEBACKS),
        "restitution": (LedgerAccount.CHARGEBACKS, LedgerAccount.CASH),
    }[kind]
    return [Leg(debit, micros), Leg(credit, -micros)]
