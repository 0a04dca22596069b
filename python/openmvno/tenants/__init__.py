"""Tenants: the MVNOs of an installation."""

from openmvno.tenants.errors import TenantNotFound
from openmvno.tenants.model import Tenant
from openmvno.tenants.service import ensure_tenant, tenant_by_code
from openmvno.tenants.store import all_tenants, tenant_by_id

__all__ = [
    "Tenant",
    "TenantNotFound",
    "all_tenants",
    "ensure_tenant",
    "tenant_by_code",
    "tenant_by_id",
]
