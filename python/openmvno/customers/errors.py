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


class ParentUnknown(Invalid):
    """The customer to be above is none of the tenant's."""

    code = "parent_unknown"
    title = "There is no such customer to be above"


class MoveIntoItself(Conflict):
    """A customer cannot be moved below itself or one below it."""

    code = "move_into_itself"
    title = "A customer cannot be below itself"


class ClassNotFound(NotFound):
    """The tenant has no such class of customers."""

    code = "customer_class_not_found"
    title = "There is no such class of customers"


class ClassUnknown(Invalid):
    """A customer is to be of a class that does not exist."""

    code = "customer_class_unknown"
    title = "There is no such class of customers to be of"


class ClassInUse(Conflict):
    """Customers are of the class."""

    code = "customer_class_in_use"
    title = "The class is in use"


class CustomerBarred(Conflict):
    """The customer, or one above it, is blocked, suspended or closed."""

    code = "customer_barred"
    title = "The customer is out of service"


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
