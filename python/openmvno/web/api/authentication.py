"""Bearer tokens (RFC 6750) and request ids."""

from __future__ import annotations

import hashlib
import re
from ipaddress import ip_address
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import MutableScopeHeaders
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult
from litestar.types import Message, Scope

from openmvno import tenants
from openmvno.identifiers import new_id
from openmvno.rest.errors import TokenInvalid, TokenMissing

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")
_STATE_KEY = "openmvno_request_id"
_HEADER = "X-Request-Id"


class BearerAuthentication(AbstractAuthenticationMiddleware):
    """Turns the token of a request into its :class:`openmvno.actor.Actor`."""

    async def authenticate_request(
        self, connection: ASGIConnection[Any, Any, Any, Any]
    ) -> AuthenticationResult:
        """Find whom the token stands for.

        Raises:
            TokenMissing, TokenInvalid.
        """
        scheme, _, token = connection.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise TokenMissing("Send Authorization: Bearer omv_…")
        async with connection.app.state.resources.open_connection() as database:
            actor = await tenants.authenticate(
                database, token.strip(), request_id(connection.scope), address_of(connection)
            )
        if actor is None:
            raise TokenInvalid("The token is unknown, expired or revoked.")
        return AuthenticationResult(user=actor, auth=actor.token_id)


def address_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str | None:
    """The IP address of the client, as far as it is one."""
    host = connection.client.host if connection.client else ""
    try:
        return str(ip_address(host.partition("%")[0]))  # without an IPv6 zone
    except ValueError:
        return None


def request_id(scope: Scope) -> str:
    """The request's id: the caller's own when it is usable, else a new one."""
    state = scope["state"]
    if _STATE_KEY not in state:
        given = Request[Any, Any, Any](scope).headers.get(_HEADER, "")
        state[_STATE_KEY] = given if _REQUEST_ID.fullmatch(given) else str(new_id())
    return str(state[_STATE_KEY])


async def send_request_id(message: Message, scope: Scope) -> None:
    """Put the request's id on every response (a Litestar before_send hook)."""
    if message["type"] == "http.response.start":
        MutableScopeHeaders.from_message(message)[_HEADER] = request_id(scope)


def caller_key(request: Request[Any, Any, Any]) -> str:
    """What rate limits count by: the token, or the address of who sends none."""
    header = request.headers.get("Authorization")
    if header:
        return hashlib.sha256(header.encode()).hexdigest()
    return request.client.host if request.client else "unknown"
