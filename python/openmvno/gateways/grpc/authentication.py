"""Who calls: the bearer token of a request and the scopes it brings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from grpclib.const import Status
from grpclib.exceptions import GRPCError

from openmvno.access import AddressNotAllowed, KnownTokens

BEARER = "bearer "


@dataclass(frozen=True)
class Caller:
    """A tenant's program."""

    tenant_id: UUID
    scopes: frozenset[str]


# Takes the token and the address it comes from, gives the caller; None when it is not valid.
Authenticator = Callable[[str, str | None], Awaitable[Caller | None]]


def token_authenticator(tokens: KnownTokens) -> Authenticator:
    """Authenticates by the tenants' API tokens."""

    async def authenticated(token: str, address: str | None) -> Caller | None:
        try:
            actor = await tokens.authenticate(token, str(uuid4()), address)
        except AddressNotAllowed as error:
            raise GRPCError(Status.PERMISSION_DENIED, f"{error.code}: {error}") from error
        return None if actor is None else Caller(actor.tenant_id, actor.scopes)

    return authenticated


async def require(authenticator: Authenticator, stream: Any, scope: str) -> Caller:
    """The caller behind a request.

    Raises:
        GRPCError: UNAUTHENTICATED or PERMISSION_DENIED.
    """
    header = (stream.metadata or {}).get("authorization", "")
    if not isinstance(header, str) or not header.lower().startswith(BEARER):
        raise GRPCError(
            Status.UNAUTHENTICATED, "token_missing: send the metadata authorization: Bearer <token>"
        )
    peer = stream.peer.addr()
    caller = await authenticator(header[len(BEARER) :].strip(), peer[0] if peer else None)
    if caller is None:
        raise GRPCError(
            Status.UNAUTHENTICATED, "token_invalid: the token is unknown, expired or revoked"
        )
    if scope not in caller.scopes:
        raise GRPCError(Status.PERMISSION_DENIED, f"scope_missing: this needs the scope {scope}")
    return caller
