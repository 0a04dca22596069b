"""Tables ``tenant`` and ``api_token``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.database.rows import fetch_all, fetch_one
from openmvno.tenants.model import Tenant, Token

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


async def insert_token(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    token_id: UUID,
    name: str,
    token_hash: bytes,
    scopes: Sequence[str],
) -> None:
    """Insert a token by its hash."""
    await connection.execute(
        "INSERT INTO api_token (tenant_id, token_id, name, token_hash, scopes)"
        " VALUES (%s, %s, %s, %s, %s)",
        (tenant_id, token_id, name, token_hash, list(scopes)),
    )


async def token_by_hash(
    connection: AsyncConnection[Any], token_hash: bytes
) -> tuple[UUID, UUID, str, list[str]] | None:
    """(tenant, token, name, scopes) of a token that is valid now, of an active tenant."""
    cursor = await connection.execute(
        "SELECT tenant_id, token_id, name, scopes FROM token_holder(%s)", (token_hash,)
    )
    return await cursor.fetchone()


async def list_tokens(connection: AsyncConnection[Any], tenant_id: UUID) -> list[Token]:
    """The tokens of a tenant that are not revoked, oldest first."""
    return await fetch_all(
        connection,
        Token,
        "SELECT token_id, name, scopes, created_at, expires_at FROM api_token"
        " WHERE tenant_id = %s AND revoked_at IS NULL ORDER BY created_at, token_id",
        (tenant_id,),
    )


async def revoke_token(
    connection: AsyncConnection[Any], tenant_id: UUID, token_id: UUID
) -> str | None:
    """Revoke a token; its name, None when there is none that is valid."""
    cursor = await connection.execute(
        "UPDATE api_token SET revoked_at = now() WHERE tenant_id = %s AND token_id = %s"
        " AND revoked_at IS NULL RETURNING name",
        (tenant_id, token_id),
    )
    row = await cursor.fetchone()
    return None if row is None else str(row[0])
