"""What can go wrong with payments."""

from openmvno.errors import Invalid, NotFound


class CurrencyMismatch(Invalid):
    """The payment is in another currency than the account."""

    code = "currency_mismatch"
    title = "The account has another currency"


class TopUpNotFound(NotFound):
    """There is no such top-up."""

    code = "top_up_not_found"
    title = "There is no such top-up"
