"""What can go wrong with tenants and tokens."""

from openmvno.errors import Invalid, NotFound


class TenantNotFound(NotFound):
    """No tenant has this code."""

    code = "tenant_not_found"
    title = "There is no such tenant"


class ScopeUnknown(Invalid):
    """A token is asked for with a scope that does not exist."""

    code = "scope_unknown"
    title = "There is no such scope"


class TokenNotFound(NotFound):
    """The tenant has no such token, or it is revoked."""

    code = "token_not_found"
    title = "There is no such token"
