"""Tenants: the MVNOs of an installation, and the scoped tokens their programs use."""

from openmvno.tenants.errors import ScopeUnknown, TenantNotFound, TokenNotFound
from openmvno.tenants.model import Tenant, Token
from openmvno.tenants.service import (
    authenticate,
    create_token,
    ensure_tenant,
    revoke_token,
    tenant_by_code,
)
from openmvno.tenants.store import list_tokens, tenant_by_id

__all__ = [
    "ScopeUnknown",
    "Tenant",
    "TenantNotFound",
    "Token",
    "TokenNotFound",
    "authenticate",
    "create_token",
    "ensure_tenant",
    "list_tokens",
    "revoke_token",
    "tenant_by_code",
    "tenant_by_id",
]
