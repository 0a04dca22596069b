"""API tokens: made, listed, revoked, recognised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit
from openmvno.access import store
from openmvno.access.errors import AddressNotAllowed, TokenNotFound
from openmvno.access.model import Network, Token, may_come_from
from openmvno.access.roles import check_scopes
from openmvno.access.secrets import digest, new_token
from openmvno.actor import Actor
from openmvno.identifiers import new_id

MOST_LISTED: Final = 10_000


async def create_token(
    connection: AsyncConnection[Any], actor: Actor, name: str, scopes: Sequence[str]
) -> str:
    """A new token of the actor's tenant. This is the only time it can be read.

    Raises:
        ScopeUnknown: a scope does not exist.
    """
    return (await issue_token(connection, actor, name, scopes))[1]


async def issue_token(
    connection: AsyncConnection[Any],
    actor: Actor,
    name: str,
    scopes: Sequence[str],
    *,
    networks: Sequence[Network] = (),
    expires_at: datetime | None = None,
) -> tuple[Token, str]:
    """The same, with what it is and its secret.

    Raises:
        ScopeUnknown.
    """
    check_scopes(scopes)
    secret, token_id = new_token(), new_id()
    token = await store.insert_token(
        connection,
        actor.tenant_id,
        token_id,
        name,
        digest(secret),
        list(dict.fromkeys(scopes)),
        networks=networks,
        expires_at=expires_at,
    )
    await audit.record(connection, actor, "token.created", "token", token_id, after=_audited(token))
    return token, secret


async def list_tokens(connection: AsyncConnection[Any], tenant_id: UUID) -> list[Token]:
    """The tenant's tokens, the newest first; for the operator's commands."""
    return await store.list_tokens(connection, tenant_id, before=None, limit=MOST_LISTED)


async def revoke_token(connection: AsyncConnection[Any], actor: Actor, token_id: UUID) -> Token:
    """Revoke a token: no request with it passes any more. Again is no error.

    Raises:
        TokenNotFound.
    """
    revoked = await store.revoke_token(connection, actor.tenant_id, token_id)
    if revoked is None:
        known = await store.token_by_id(connection, actor.tenant_id, token_id)
        if known is None:
            raise TokenNotFound(f"There is no token {token_id}.", field="token_id")
        return known
    await audit.record(
        connection,
        actor,
        "token.revoked",
        "token",
        token_id,
        before={"name": revoked.name, "revoked": False},
        after={"name": revoked.name, "revoked": True},
    )
    return revoked


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a token stands for, what it may do and from where."""

    tenant_id: UUID
    token_id: UUID
    name: str
    scopes: frozenset[str]
    networks: Sequence[Network]


async def authenticate(
    connection: AsyncConnection[Any], token: str, request_id: str, address: str | None = None
) -> Actor | None:
    """Whom a token stands for, or None when it is unknown, expired or revoked.

    Raises:
        AddressNotAllowed: it may not be used from ``address``.
    """
    holder = await holder_of(connection, digest(token))
    return None if holder is None else actor_of(holder, request_id, address)


async def holder_of(connection: AsyncConnection[Any], token_hash: bytes) -> Holder | None:
    """Whom the token with this hash stands for; None as for :func:`authenticate`."""
    cursor = await connection.execute(
        "SELECT tenant_id, token_id, name, scopes, networks FROM token_holder(%s)",
        (token_hash,),
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    tenant_id, token_id, name, scopes, networks = row
    return Holder(tenant_id, token_id, name, frozenset(scopes), networks)


def actor_of(holder: Holder, request_id: str, address: str | None) -> Actor:
    """The holder of a token as the caller of one request.

    Raises:
        AddressNotAllowed.
    """
    if not may_come_from(holder.networks, address):
        raise AddressNotAllowed(f"This token may not be used from {address}.")
    return Actor(
        holder.tenant_id,
        holder.name,
        request_id,
        holder.token_id,
        holder.scopes,
        address=address,
    )


def _audited(token: Token) -> dict[str, Any]:
    return {
        "name": token.name,
        "scopes": token.scopes,
        "networks": [str(network) for network in token.networks],
        "expires_at": None if token.expires_at is None else token.expires_at.isoformat(),
    }
