"""``POST /oauth2/token``: client credentials (RFC 6749 section 4.4)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, unquote_plus
from uuid import UUID

from litestar import Request, Response, post
from litestar.openapi.spec import (
    Example,
    OpenAPIMediaType,
    OpenAPIResponse,
    Operation,
    RequestBody,
    Schema,
)
from litestar.openapi.spec.enums import OpenAPIType

from openmvno.access import clients
from openmvno.errors import one_of, told
from openmvno.rest.origin import origin_of

FORM: Final = "application/x-www-form-urlencoded"
NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
"""RFC 6749 section 5.1."""


class _Refused(Exception):
    """An error of RFC 6749 section 5.2."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status


@dataclass
class TokenOperation(Operation):
    """Says what the body is, which is read by hand: a repeated parameter has to be refused."""

    def __post_init__(self) -> None:
        """Add the request body."""
        schema = Schema(
            type=OpenAPIType.OBJECT,
            required=["grant_type"],
            properties={
                "grant_type": Schema(type=OpenAPIType.STRING, enum=["client_credentials"]),
                "scope": Schema(type=OpenAPIType.STRING, description="Scopes, separated by spaces"),
                "client_id": Schema(type=OpenAPIType.STRING),
                "client_secret": Schema(type=OpenAPIType.STRING),
            },
        )
        example = Example(value={"grant_type": "client_credentials", "scope": "customers:read"})
        self.request_body = RequestBody(
            content={FORM: OpenAPIMediaType(schema, examples={"token": example})},
            description="The client's id and secret here or by HTTP Basic authentication",
            required=True,
        )
        for status, code in ((400, "invalid_request"), (401, "invalid_client")):
            self.responses = {**(self.responses or {}), str(status): _refusal(status, code)}


def _refusal(status: int, code: str) -> OpenAPIResponse:
    """An answer of RFC 6749 section 5.2."""
    text = Schema(type=OpenAPIType.STRING)
    schema = Schema(
        type=OpenAPIType.OBJECT,
        required=["error"],
        properties={"error": text, "error_description": text},
    )
    shown = Example(value={"error": code, "error_description": "Client id or secret is wrong."})
    return OpenAPIResponse(
        description=f"Refused with {status}: an error of RFC 6749 section 5.2",
        content={"application/json": OpenAPIMediaType(schema, examples={code: shown})},
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    client_id: str
    secret: str
    scope: str | None


@post(
    "/oauth2/token",
    tags=["Access"],
    summary="Get a token for a client's secret",
    opt={"public": True},
    status_code=200,
    operation_class=TokenOperation,
)
async def issue_access_token(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
    """OAuth 2.0 client credentials (RFC 6749 section 4.4). The token lasts an hour and is used as
    any API token. Errors are those of RFC 6749 section 5.2."""
    try:
        body = await _issue(request, await _asked(request))
    except _Refused as refused:
        headers = dict(NO_STORE)
        if refused.status == 401:
            headers["WWW-Authenticate"] = 'Basic realm="openmvno"'
        error = {"error": refused.error, "error_description": refused.description}
        return Response(error, status_code=refused.status, headers=headers)
    return Response(body, headers=NO_STORE)


async def _asked(request: Request[Any, Any, Any]) -> _Asked:
    if request.headers.get("Content-Type", "").split(";")[0].strip().lower() != FORM:
        raise _Refused("invalid_request", f"The body is no form; accepted: {FORM}.")
    try:
        pairs = parse_qsl((await request.body()).decode("ascii"), max_num_fields=20)
    except (UnicodeDecodeError, ValueError) as error:
        raise _Refused("invalid_request", f"The body is no form; accepted: {FORM}.") from error
    form = dict(pairs)
    if len(form) != len(pairs):  # section 3.2
        raise _Refused("invalid_request", "A parameter is repeated; accepted: each once.")
    if "grant_type" not in form:
        raise _Refused("invalid_request", "grant_type is missing; accepted: client_credentials.")
    if form["grant_type"] != "client_credentials":
        raise _Refused(
            "unsupported_grant_type", "There is no such grant_type; accepted: client_credentials."
        )
    given = _basic(request.headers.get("Authorization"))
    if given is not None and "client_secret" in form:  # section 2.3: one way, not two
        raise _Refused(
            "invalid_request",
            "The client authenticates twice; accepted: HTTP Basic or client_id and client_secret.",
        )
    client_id, secret = given or (form.get("client_id", ""), form.get("client_secret", ""))
    return _Asked(client_id, secret, form.get("scope"))


def _basic(header: str | None) -> tuple[str, str] | None:
    """Id and secret of a Basic header, each form-encoded (section 2.3.1)."""
    if header is None:
        return None
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        raise _Refused("invalid_client", "Authorization cannot be read; accepted: HTTP Basic.", 401)
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (ValueError, binascii.Error) as error:
        raise _Refused(
            "invalid_client", "Authorization cannot be read; accepted: HTTP Basic.", 401
        ) from error
    return unquote_plus(user), unquote_plus(password)


async def _issue(request: Request[Any, Any, Any], asked: _Asked) -> dict[str, Any]:
    resources = request.app.state.resources
    address = origin_of(request).address
    async with resources.open_connection() as connection:
        client = await clients.holder(connection, asked.client_id, asked.secret, address)
    if client is None:
        raise _Refused("invalid_client", "Client id or secret is wrong.", 401)
    scopes = client.scopes if asked.scope is None else asked.scope.split()
    unknown = [scope for scope in scopes if scope not in client.scopes]
    if unknown or not scopes:
        raise _Refused(
            "invalid_scope",
            told(
                f"The client does not have {' '.join(unknown)[:200] or 'any scope'}",
                one_of(sorted(client.scopes)),
            ),
        )
    async with resources.connection_of(client.tenant_id) as connection:
        secret = await clients.issue(connection, UUID(asked.client_id), client, scopes)
    if secret is None:
        raise _Refused("invalid_client", "The client is revoked.", 401)
    return {
        "access_token": secret,
        "token_type": "Bearer",
        "expires_in": int(clients.TOKEN_LASTS.total_seconds()),
        "scope": " ".join(scopes),
    }
