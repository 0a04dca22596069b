"""Who calls: the bearer token of a request and the scopes it brings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from grpclib.const import Status
from grpclib.exceptions import GRPCError

from openmvno.database import Pool
from openmvno.tenants import authenticate

BEARER = "bearer "


@dataclass(frozen=True)
class Caller:
    """A tenant's program."""

    tenant_id: UUID
    scopes: frozenset[str]


# Takes the token, gives the caller; None when the token is not valid.
Authenticator = Callable[[str], Awaitable[Caller | None]]


def token_authenticator(pool: Pool) -> Authenticator:
    """Authenticates by the tenants' API tokens."""

    async def authenticated(token: str) -> Caller | None:
        async with pool.connection() as connection:
            actor = await authenticate(connection, token, str(uuid4()))
        return None if actor is None else Caller(actor.tenant_id, frozenset(actor.scopes))

    return authenticated


async def require(authenticator: Authenticator, metadata: Any, scope: str) -> Caller:
    """The caller behind a request's metadata.

    Raises:
        GRPCError: UNAUTHENTICATED or PERMISSION_DENIED.
    """
    header = (metadata or {}).get("authorization", "")
    if not isinstance(header, str) or not header.lower().startswith(BEARER):
        raise GRPCError(
            Status.UNAUTHENTICATED, "token_missing: send the metadata authorization: Bearer <token>"
        )
    caller = await authenticator(header[len(BEARER) :].strip())
    if caller is None:
        raise GRPCError(
            Status.UNAUTHENTICATED, "token_invalid: the token is unknown, expired or revoked"
        )
    if scope not in caller.scopes:
        raise GRPCError(Status.PERMISSION_DENIED, f"scope_missing: this needs the scope {scope}")
    return caller
