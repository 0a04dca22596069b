"""What can go wrong with tenants."""

from openmvno.errors import NotFound


class TenantNotFound(NotFound):
    """No tenant has this code."""

    code = "tenant_not_found"
    title = "There is no such tenant"
