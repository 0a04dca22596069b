"""What can go wrong with transfers."""

from typing import Final

from openmvno.errors import Conflict, Invalid, NotFound, Told


class TransfersNotOffered(Conflict):
    """The tenant has no terms for transfers in the account's currency."""

    code = "transfers_not_offered"
    title = "Transfers are not offered"
    accepted = "the same once terms for the currency are set"


class TransferTermsInvalid(Invalid):
    """The limits do not fit together."""

    code = "transfer_terms_invalid"
    title = "The terms of transfers do not fit together"
    accepted = "a most of at least the least"


class TransferRecipientInvalid(Invalid):
    """Money is sent to another account in the same currency."""

    code = "transfer_recipient_invalid"
    title = "The recipient cannot get it"
    accepted = "another account in the sender's currency"


class TransferLimit(Conflict):
    """The amount, or what the account sent today, is beyond a limit; ``limit`` names which."""

    code = "transfer_limit"
    title = "A limit of transfers is reached"
    accepted = "an amount within the limits"


class TransferNotFound(NotFound):
    """The tenant has no such transfer."""

    code = "transfer_not_found"
    title = "There is no such transfer"
    accepted = "the id of a transfer: GET /v1/accounts/{account_id}/transfers lists them"


class BalanceTooSmall(Conflict):
    """The sender's balance does not pay amount and fee; nothing has changed."""

    code = "transfer_balance_too_small"
    title = "The balance is too small"
    accepted = "an amount that the balance pays, with its fee"


REFUSALS: Final = {"insufficient_balance": Told(BalanceTooSmall, "amount")}
"""What the engine's error codes to the debit are told as."""
