"""Who sends a request: a bearer token (RFC 6750) or the cookie of a session; request ids."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult
from litestar.types import Message, Scope

from openmvno import access
from openmvno.access.errors import CsrfTokenInvalid
from openmvno.rest.errors import TokenInvalid, TokenMissing
from openmvno.rest.origin import (
    CSRF_HEADER,
    REQUEST_ID_HEADER,
    SAFE_METHODS,
    SESSION_COOKIE,
    origin_of,
    request_id,
)


class Authentication(AbstractAuthenticationMiddleware):
    """Turns the token or the session of a request into its :class:`openmvno.actor.Actor`."""

    async def authenticate_request(
        self, connection: ASGIConnection[Any, Any, Any, Any]
    ) -> AuthenticationResult:
        """Find whom the token or the session stands for.

        Raises:
            TokenMissing, TokenInvalid, CsrfTokenInvalid, AddressNotAllowed.
        """
        header = connection.headers.get("Authorization")
        session = connection.cookies.get(SESSION_COOKIE) if header is None else None
        if session is not None:
            return await self._by_session(connection, session)
        scheme, _, token = (header or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise TokenMissing
        origin = origin_of(connection)
        tokens: access.KnownTokens = connection.app.state.tokens
        actor = await tokens.authenticate(token.strip(), origin.request_id, origin.address)
        if actor is None:
            raise TokenInvalid("The token is unknown, expired or revoked.")
        return AuthenticationResult(user=actor, auth=actor.token_id)

    async def _by_session(
        self, connection: ASGIConnection[Any, Any, Any, Any], session: str
    ) -> AuthenticationResult:
        if connection.scope.get("method") not in SAFE_METHODS:
            sent = connection.headers.get(CSRF_HEADER, "")
            if not hmac.compare_digest(sent.encode(), access.csrf_token(session).encode()):
                raise CsrfTokenInvalid(field=CSRF_HEADER)
        origin = origin_of(connection)
        async with connection.app.state.resources.open_connection() as database:
            actor = await access.session_holder(
                database, session, origin.request_id, origin.address
            )
        if actor is None:
            raise TokenInvalid(
                "The session is over.",
                accepted="the cookie of a session: log in with POST /v1/sessions",
            )
        return AuthenticationResult(user=actor, auth=session)


async def send_request_id(message: Message, scope: Scope) -> None:
    """Put the request's id on every response (a Litestar before_send hook)."""
    if message["type"] == "http.response.start":
        field = (REQUEST_ID_HEADER.lower().encode(), request_id(scope).encode())
        message["headers"] = [*message["headers"], field]


def caller_key(request: Request[Any, Any, Any]) -> str:
    """What rate limits count by: the token or session, or the address of who sends none."""
    header = request.headers.get("Authorization") or request.cookies.get(SESSION_COOKIE)
    if header:
        return hashlib.sha256(header.encode()).hexdigest()
    return request.client.host if request.client else "unknown"
