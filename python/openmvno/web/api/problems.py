"""Every refusal as application/problem+json (RFC 9457) with a stable code."""

from __future__ import annotations

import logging
import re
from typing import Any

import psycopg
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from psycopg_pool import PoolClosed, PoolTimeout

from openmvno.errors import DomainError
from openmvno.rest.errors import (
    BodyTooLarge,
    DatabaseUnavailable,
    InternalError,
    MediaTypeUnsupported,
    MethodNotAllowed,
    RateLimited,
    RequestMalformed,
    RouteNotFound,
    TextNotStorable,
    TokenInvalid,
)
from openmvno.rest.origin import request_id
from openmvno.rest.teaching import malformed, told
from openmvno.web.api.bodies import accepted_parameter

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
ERRORS_PATH = "/v1/errors"

# "Missing required query parameter 'name' for path …"
_NAMED = re.compile(r"parameter ['\"](?P<name>[^'\"]+)['\"]")
BODY_KEY = "data"
"""What the framework calls the body as a whole."""

_BY_STATUS: dict[int, type[DomainError]] = {
    400: RequestMalformed,
    401: TokenInvalid,
    404: RouteNotFound,
    405: MethodNotAllowed,
    413: BodyTooLarge,
    415: MediaTypeUnsupported,
    429: RateLimited,
}


def problem_response(
    request: Request[Any, Any, Any], error: DomainError, headers: dict[str, str] | None = None
) -> Response[dict[str, Any]]:
    """The response a client gets for ``error``."""
    body: dict[str, Any] = {
        "type": f"{ERRORS_PATH}/{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "instance": request.url.path,
        "code": error.code,
        "request_id": request_id(request.scope),
    }
    if error.field is not None:
        body["field"] = error.field
    if error.accepted:
        body["accepted"] = error.accepted
    body |= error.extra
    sent = dict(headers or {})
    if error.status == 401:
        sent["WWW-Authenticate"] = "Bearer"
    if error.status == 503:
        sent.setdefault("Retry-After", "1")
    if "retry_after" in error.extra:
        sent["Retry-After"] = str(error.extra["retry_after"])
    return Response(body, status_code=error.status, media_type=MEDIA_TYPE, headers=sent)


def on_domain_error(
    request: Request[Any, Any, Any], error: DomainError
) -> Response[dict[str, Any]]:
    """A refusal of ours."""
    return problem_response(request, error)


def on_http_exception(
    request: Request[Any, Any, Any], error: HTTPException
) -> Response[dict[str, Any]]:
    """A refusal of the framework: routing, decoding, limits."""
    if error.status_code >= 500:
        return on_unexpected(request, error)
    if isinstance(error, ValidationException):
        return problem_response(request, _malformed(request, error))
    kind = _BY_STATUS.get(error.status_code, RequestMalformed)
    if kind is RequestMalformed:
        return problem_response(request, _of_parameter(request, str(error.detail), ""))
    headers = {str(name): str(value) for name, value in (error.headers or {}).items()}
    if kind is RateLimited:
        headers["Retry-After"] = headers.get("RateLimit-Reset", "1")
    detail = "" if kind in (RouteNotFound, MethodNotAllowed) else str(error.detail)
    return problem_response(request, kind(detail, field=None), headers)


def _malformed(request: Request[Any, Any, Any], error: ValidationException) -> RequestMalformed:
    entries = error.extra if isinstance(error.extra, list) else []
    for entry in entries:
        if isinstance(entry, dict):
            message, key = str(entry.get("message", error.detail)), str(entry.get("key", ""))
            return _of_parameter(request, message, key)
    return _of_parameter(request, str(error.detail), "")


def _of_parameter(request: Request[Any, Any, Any], message: str, key: str) -> RequestMalformed:
    """What is wrong with a parameter, or with a body that is not there at all."""
    named = _NAMED.search(message)
    field = named.group("name") if named else key
    if field == BODY_KEY:
        wanted = request.route_handler.parsed_data_field
        return malformed("A JSON body is needed", wanted.annotation if wanted else Any)
    rule = message.partition(" - at `")[0]
    return told(rule, field, accepted_parameter(request.route_handler, field))


def on_database_error(
    request: Request[Any, Any, Any], error: Exception
) -> Response[dict[str, Any]]:
    """PostgreSQL is away or has no connection left."""
    log.warning("the database does not answer", extra={"reason": str(error)})
    return problem_response(
        request, DatabaseUnavailable("The database does not answer; nothing has changed.")
    )


def on_data_error(
    request: Request[Any, Any, Any], error: psycopg.DataError
) -> Response[dict[str, Any]]:
    """PostgreSQL cannot store a value, such as a text with a NUL character."""
    log.warning("a value cannot be stored", extra={"reason": str(error)})
    return problem_response(
        request,
        TextNotStorable(field=None),
    )


def on_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, Any]]:
    """A fault of ours: logged with its trace, told without it."""
    log.error("a request failed", exc_info=error, extra={"request_id": request_id(request.scope)})
    return problem_response(request, InternalError())


EXCEPTION_HANDLERS: dict[int | type[Exception], Any] = {
    DomainError: on_domain_error,
    HTTPException: on_http_exception,
    psycopg.DataError: on_data_error,
    psycopg.OperationalError: on_database_error,
    PoolTimeout: on_database_error,
    PoolClosed: on_database_error,
    Exception: on_unexpected,
}
