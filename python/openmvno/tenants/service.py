"""Making tenants and tokens, and recognising tokens."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from typing import Any, Final

from psycopg import AsyncConnection

from openmvno import audit
from openmvno.actor import Actor, command_line_actor
from openmvno.identifiers import new_id
from openmvno.money import parse_currency
from openmvno.rest.guards import SCOPES
from openmvno.tenants import store
from openmvno.tenants.errors import ScopeUnknown, TenantNotFound
from openmvno.tenants.model import Tenant

TOKEN_PREFIX: Final = "omv_"  # noqa: S105 -- marks a token as ours, is none
TOKEN_BYTES: Final = 32
"""256 random bits: guessing is hopeless, so a plain SHA-256 of it is a safe thing to store."""


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


async def create_token(
    connection: AsyncConnection[Any], actor: Actor, name: str, scopes: Sequence[str]
) -> str:
    """A new token of the actor's tenant. This is the only time it can be read.

    Raises:
        ScopeUnknown: a scope does not exist.
    """
    for scope in scopes:
        if scope not in SCOPES:
            raise ScopeUnknown(
                f"{scope!r} is not a scope; there are {', '.join(SCOPES)}.", field="scopes"
            )
    token = TOKEN_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    token_id = new_id()
    await store.insert_token(connection, actor.tenant_id, token_id, name, _hash(token), scopes)
    await audit.record(
        connection,
        actor,
        "token.created",
        "token",
        token_id,
        after={"name": name, "scopes": list(scopes)},
    )
    return token


async def authenticate(
    connection: AsyncConnection[Any], token: str, request_id: str, address: str | None = None
) -> Actor | None:
    """Whom a token stands for, or None when it is unknown, expired or revoked."""
    row = await store.token_by_hash(connection, _hash(token))
    if row is None:
        return None
    tenant_id, token_id, name, scopes = row
    return Actor(tenant_id, name, request_id, token_id, frozenset(scopes), address=address)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
