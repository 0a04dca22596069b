"""Table ``tenant``."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.database.rows import fetch_all, fetch_one
from openmvno.tenants.model import Tenant

_COLUMNS = "tenant_id, code, name, currency, time_zone, status"


async def insert_tenant(connection: AsyncConnection[Any], tenant: Tenant) -> bool:
    """Insert it unless its code is taken; returns whether it was inserted."""
    cursor = await connection.execute(
        f"INSERT INTO tenant ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (code) DO NOTHING",
        (
            tenant.tenant_id,
            tenant.code,
            tenant.name,
            tenant.currency,
            tenant.time_zone,
            tenant.status,
        ),
    )
    return cursor.rowcount == 1


async def tenant_with_code(connection: AsyncConnection[Any], code: str) -> Tenant | None:
    """The tenant with this code."""
    query = f"SELECT {_COLUMNS} FROM tenant WHERE code = %s"
    return await fetch_one(connection, Tenant, query, (code,))


async def tenant_by_id(connection: AsyncConnection[Any], tenant_id: UUID) -> Tenant | None:
    """The tenant with this id."""
    query = f"SELECT {_COLUMNS} FROM tenant WHERE tenant_id = %s"
    return await fetch_one(connection, Tenant, query, (tenant_id,))


async def all_tenants(connection: AsyncConnection[Any]) -> list[Tenant]:
    """Every tenant of the installation, by code; for the operator's commands."""
    return await fetch_all(connection, Tenant, f"SELECT {_COLUMNS} FROM tenant ORDER BY code", ())
