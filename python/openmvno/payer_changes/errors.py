"""What can go wrong with changes of payer."""

from openmvno.errors import Conflict, Invalid, NotFound


class PayerChangeNotFound(NotFound):
    """The line has no such change of payer."""

    code = "payer_change_not_found"
    title = "There is no such change of payer"
    accepted = "the id of a change: GET /v1/lines/{line_id}/payer-changes lists them"


class PayerUnchanged(Invalid):
    """The line is on this account already."""

    code = "payer_unchanged"
    title = "The account pays for the line already"
    accepted = "another account"


class PayerCurrency(Conflict):
    """The line's product is sold, and its wallets are, in the currency of its account."""

    code = "payer_currency_mismatch"
    title = "The account has another currency than the line's present one"
    accepted = "an account in the line's currency"
