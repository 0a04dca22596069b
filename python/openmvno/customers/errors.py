"""What can go wrong with customers and accounts."""

from openmvno.errors import Conflict, NotFound


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
