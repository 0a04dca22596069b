"""What can go wrong with lines."""

from typing import Final

from openmvno import addons
from openmvno.errors import Conflict, Invalid, NotFound, Told

OPEN_LINE: Final = "a line that is not closed"
"""What is accepted where a line is to be changed."""


class LineNotFound(NotFound):
    """The tenant has no such line."""

    code = "line_not_found"
    title = "There is no such line"
    accepted = "the id or number of a line: GET /v1/lines lists them"


class IdentityInUse(Conflict):
    """A live line of this installation has this MSISDN or IMSI."""

    code = "identity_in_use"
    title = "The identity belongs to another live line"
    accepted = "a number or card that no live line has"


class LineStateConflict(Conflict):
    """The line's status does not lead to the one asked for."""

    code = "line_state_conflict"
    title = "The line cannot take this status"
    accepted = "a status that follows the present one"


class LineMoving(Conflict):
    """The line is on its way to another account, and not to be changed for some seconds."""

    code = "line_moving"
    title = "The line is on its way to another account"
    accepted = "the same in some seconds"


class LineBlockedByOther(Conflict):
    """Somebody whose word counts more has blocked the line."""

    code = "line_blocked_by_other"
    title = "The line is blocked by somebody whose word counts more"
    accepted = "blocked"


class SimSwapTooSoon(Conflict):
    """The line got another SIM card a short time ago: this may be a thief's second step."""

    code = "sim_swap_too_soon"
    title = "The line got another SIM card a short time ago"
    accepted = "the same some hours later"


class SessionUnknown(NotFound):
    """The line has no open session of this Session-Id."""

    code = "session_unknown"
    title = "The line has no such session"
    accepted = "the session_id of an open session: GET /v1/lines/{line_id}/sessions lists them"


class CustomerAmbiguous(Invalid):
    """A sign-up names either a new customer or an existing one."""

    code = "customer_ambiguous"
    title = "Give either customer or customer_id"
    accepted = "either customer or customer_id"


class LineProductCurrency(Conflict):
    """The product is sold in another currency than the account's."""

    code = "product_currency_mismatch"
    title = "The product has another currency than the account"
    accepted = "a product in the account's currency"


def refusals(product: str, card: str | None = "iccid") -> dict[str, Told]:
    """What the engine's error codes to commands about a line are told as.

    ``product``, ``card``: the fields of the request that name add-ons, and the SIM card or number.
    """
    return {
        **addons.refusals(product),
        "identity_taken": Told(IdentityInUse, card),
    }
