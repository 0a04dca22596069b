"""The operator's ledger: the legs of money in that are no payer's balance.

What the engine moves it posts itself (table ``posting``). A payment, a voucher or a transfer has
further legs, at providers and in the operator's own books; those are here, in the transaction of
the change, beside the engine command they belong to.
"""

from openmvno.ledger.checks import CHECKS, Check
from openmvno.ledger.model import LedgerAccount, Leg, clearing
from openmvno.ledger.store import COUNTS, post

__all__ = ["CHECKS", "COUNTS", "Check", "LedgerAccount", "Leg", "clearing", "post"]
