"""Making and finding tenants."""

from __future__ import annotations

from typing import Any

from psycopg import AsyncConnection

from openmvno import audit
from openmvno.actor import command_line_actor
from openmvno.identifiers import new_id
from openmvno.money import parse_currency
from openmvno.tenants import store
from openmvno.tenants.errors import TenantNotFound
from openmvno.tenants.model import Tenant


async def ensure_tenant(
    connection: AsyncConnection[Any], code: str, name: str, currency: str, time_zone: str = "UTC"
) -> Tenant:
    """The tenant with this code, created if there is none."""
    tenant = Tenant(new_id(), code, name, parse_currency(currency), time_zone, "active")
    if await store.insert_tenant(connection, tenant):
        await audit.record(
            connection,
            command_line_actor(tenant.tenant_id, "tenant"),
            "tenant.created",
            "tenant",
            tenant.tenant_id,
            after={"code": code, "name": name, "currency": currency, "time_zone": time_zone},
        )
        return tenant
    return await tenant_by_code(connection, code)


async def tenant_by_code(connection: AsyncConnection[Any], code: str) -> Tenant:
    """The tenant with this code.

    Raises:
        TenantNotFound: there is none.
    """
    tenant = await store.tenant_with_code(connection, code)
    if tenant is None:
        raise TenantNotFound(f"There is no tenant {code!r}.", field="tenant")
    return tenant
