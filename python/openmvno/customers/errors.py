"""What can go wrong with customers and accounts."""

from typing import Final

from openmvno.errors import Conflict, DomainError, Invalid, NotFound


class CustomerNotFound(NotFound):
    """The tenant has no such customer."""

    code = "customer_not_found"
    title = "There is no such customer"


class AccountNotFound(NotFound):
    """The tenant has no such account."""

    code = "account_not_found"
    title = "There is no such account"


class ExternalIdTaken(Conflict):
    """Another customer of the tenant has this external id."""

    code = "external_id_taken"
    title = "The external id is taken"


class TemporaryLimitPast(Invalid):
    """A temporary credit limit ends in the future."""

    code = "temporary_limit_past"
    title = "The temporary limit would have ended already"


class TimeZoneUnknown(Invalid):
    """Not a name of the IANA time zone database."""

    code = "time_zone_unknown"
    title = "There is no such time zone"


class PartnerUnknown(Invalid):
    """The published catalogue has no such partner, or it is named twice."""

    code = "partner_unknown"
    title = "There is no such partner"


REFUSALS: Final[dict[str, type[DomainError]]] = {
    "time_zone_unknown": TimeZoneUnknown,
    "partner_unknown": PartnerUnknown,
}
"""What the engine's error codes to change_account are told as."""
