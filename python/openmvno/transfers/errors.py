"""What can go wrong with transfers."""

from typing import Final

from openmvno.errors import Conflict, DomainError, Invalid, NotFound


class TransfersNotOffered(Conflict):
    """The tenant has no terms for transfers in the account's currency."""

    code = "transfers_not_offered"
    title = "Transfers are not offered"


class TransferTermsInvalid(Invalid):
    """The limits do not fit together."""

    code = "transfer_terms_invalid"
    title = "The terms of transfers do not fit together"


class TransferRecipientInvalid(Invalid):
    """Money is sent to another account in the same currency."""

    code = "transfer_recipient_invalid"
    title = "The recipient cannot get it"


class TransferLimit(Conflict):
    """The amount, or what the account sent today, is beyond a limit; ``limit`` names which."""

    code = "transfer_limit"
    title = "A limit of transfers is reached"


class TransferNotFound(NotFound):
    """The tenant has no such transfer."""

    code = "transfer_not_found"
    title = "There is no such transfer"


class BalanceTooSmall(Conflict):
    """The sender's balance does not pay amount and fee; nothing has changed."""

    code = "transfer_balance_too_small"
    title = "The balance is too small"


REFUSALS: Final[dict[str, type[DomainError]]] = {"insufficient_balance": BalanceTooSmall}
"""What the engine's error codes to the debit are told as."""
