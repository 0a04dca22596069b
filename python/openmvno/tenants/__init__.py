"""Tenants: the MVNOs of an installation, and the scoped tokens their programs use."""

from openmvno.tenants.errors import ScopeUnknown, TenantNotFound
from openmvno.tenants.model import Tenant
from openmvno.tenants.service import authenticate, create_token, ensure_tenant, tenant_by_code
from openmvno.tenants.store import all_tenants, tenant_by_id

__all__ = [
    "ScopeUnknown",
    "Tenant",
    "TenantNotFound",
    "all_tenants",
    "authenticate",
    "create_token",
    "ensure_tenant",
    "tenant_by_code",
    "tenant_by_id",
]
