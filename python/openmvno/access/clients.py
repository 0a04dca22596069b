"""OAuth clients, and the tokens they get for their secrets (RFC 6749 section 4.4)."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit
from openmvno.access import store
from openmvno.access.errors import ClientNotFound
from openmvno.access.model import Network, OAuthClient, may_come_from
from openmvno.access.roles import check_scopes
from openmvno.access.secrets import digest, new_secret, new_token
from openmvno.actor import Actor
from openmvno.identifiers import new_id

TOKEN_LASTS: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Holder:
    """The client behind a client_id."""

    tenant_id: UUID
    name: str
    secret_hash: bytes
    scopes: list[str]
    networks: list[Network]


async def create_client(
    connection: AsyncConnection[Any],
    actor: Actor,
    name: str,
    scopes: Sequence[str],
    networks: Sequence[Network],
) -> tuple[OAuthClient, str]:
    """A new client and its secret, which cannot be read again.

    Raises:
        ScopeUnknown, ScopeNotHeld.
    """
    check_scopes(scopes, holder=actor)
    secret = new_secret()
    client = OAuthClient(
        new_id(), name, list(dict.fromkeys(scopes)), list(networks), datetime.now(UTC), None
    )
    await store.insert_client(connection, actor.tenant_id, client, digest(secret))
    await audit.record(
        connection,
        actor,
        "oauth_client.created",
        "oauth_client",
        client.client_id,
        after={
            "name": name,
            "scopes": client.scopes,
            "networks": [str(network) for network in networks],
        },
    )
    return client, secret


async def find_client(
    connection: AsyncConnection[Any], tenant_id: UUID, client_id: UUID
) -> OAuthClient:
    """A client of the tenant.

    Raises:
        ClientNotFound.
    """
    client = await store.client_by_id(connection, tenant_id, client_id)
    if client is None:
        raise ClientNotFound(f"There is no OAuth client {client_id}.", field="client_id")
    return client


async def revoke_client(
    connection: AsyncConnection[Any], actor: Actor, client_id: UUID
) -> OAuthClient:
    """Revoke a client with all its tokens. Again is no error.

    Raises:
        ClientNotFound.
    """
    client = await find_client(connection, actor.tenant_id, client_id)
    if await store.revoke_client(connection, actor.tenant_id, client_id):
        await audit.record(
            connection,
            actor,
            "oauth_client.revoked",
            "oauth_client",
            client_id,
            before={"name": client.name, "revoked": False},
            after={"name": client.name, "revoked": True},
        )
    return await find_client(connection, actor.tenant_id, client_id)


async def holder(
    connection: AsyncConnection[Any], client_id: str, secret: str, address: str | None
) -> Holder | None:
    """The client whose secret this is, None for any other."""
    try:
        number = UUID(client_id)
    except ValueError:
        number = UUID(int=0)
    cursor = await connection.execute(
        "SELECT tenant_id, name, secret_hash, scopes, networks FROM client_holder(%s)", (number,)
    )
    row = await cursor.fetchone()
    known = Holder(*row) if row is not None else None
    right = hmac.compare_digest(digest(secret), known.secret_hash if known else bytes(32))
    if known is None or not right or not may_come_from(known.networks, address):
        return None
    return known


async def issue(
    connection: AsyncConnection[Any], client_id: UUID, client: Holder, scopes: Sequence[str]
) -> str | None:
    """A short-lived token for a client, in a transaction of its tenant; None when it was revoked a
    moment ago. The audit log has what is done with it under the client's name; that it was fetched,
    once an hour, is not worth a row."""
    if not await store.hold_client(connection, client.tenant_id, client_id):
        return None
    secret = new_token()
    await store.insert_token(
        connection,
        client.tenant_id,
        new_id(),
        client.name,
        digest(secret),
        scopes,
        networks=client.networks,
        expires_at=datetime.now(UTC) + TOKEN_LASTS,
        client_id=client_id,
    )
    return secret
