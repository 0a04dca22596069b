"""What can go wrong with customers and accounts."""

from typing import Final

from openmvno.errors import Conflict, Invalid, NotFound, Told


class CustomerNotFound(NotFound):
    """The tenant has no such customer."""

    code = "customer_not_found"
    title = "There is no such customer"
    accepted = "the id of a customer: GET /v1/customers lists them"


class AccountNotFound(NotFound):
    """The tenant has no such account."""

    code = "account_not_found"
    title = "There is no such account"
    accepted = "the id of an account: GET /v1/customers/{customer_id}/accounts lists them"


class ExternalIdTaken(Conflict):
    """Another customer of the tenant has this external id."""

    code = "external_id_taken"
    title = "The external id is taken"
    accepted = "an external id that no customer of the tenant has"


class ParentUnknown(Invalid):
    """The customer to be above is none of the tenant's."""

    code = "parent_unknown"
    title = "There is no such customer to be above"
    accepted = "the id of a customer of the tenant, or none"


class MoveIntoItself(Conflict):
    """A customer cannot be moved below itself or one below it."""

    code = "move_into_itself"
    title = "A customer cannot be below itself"
    accepted = "a customer that is not below this one, or null for the top"


class ClassNotFound(NotFound):
    """The tenant has no such class of customers."""

    code = "customer_class_not_found"
    title = "There is no such class of customers"
    accepted = "the name of a class: GET /v1/customer-classes lists them"


class ClassUnknown(Invalid):
    """A customer is to be of a class that does not exist."""

    code = "customer_class_unknown"
    title = "There is no such class of customers to be of"
    accepted = "the name of a class, or null: GET /v1/customer-classes lists them"


class ClassInUse(Conflict):
    """Customers are of the class."""

    code = "customer_class_in_use"
    title = "The class is in use"
    accepted = "a class that no customer is of"


class CustomerBarred(Conflict):
    """The customer, or one above it, is blocked, suspended or closed."""

    code = "customer_barred"
    title = "The customer is out of service"
    accepted = "a customer that is active, below active ones only"


class TemporaryLimitPast(Invalid):
    """A temporary credit limit ends in the future."""

    code = "temporary_limit_past"
    title = "The temporary limit would have ended already"
    accepted = "a time in the future"


class TimeZoneUnknown(Invalid):
    """Not a name of the IANA time zone database."""

    code = "time_zone_unknown"
    title = "There is no such time zone"
    accepted = "a name of the IANA time zone database such as Europe/Zagreb"


class PartnerUnknown(Invalid):
    """The published catalogue has no such partner, or it is named twice."""

    code = "partner_unknown"
    title = "There is no such partner"
    accepted = "partners of the catalogue in force, each once"


REFUSALS: Final[dict[str, Told]] = {
    TimeZoneUnknown.code: Told(TimeZoneUnknown, "time_zone"),
    PartnerUnknown.code: Told(PartnerUnknown, "partners"),
}
"""What the engine's error codes to change_account are told as."""
