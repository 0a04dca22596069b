"""Where a request comes from: its address, its id, the cookie of its session."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, Final

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.types import Scope

from openmvno.identifiers import new_id

REQUEST_ID_HEADER: Final = "X-Request-Id"
SESSION_COOKIE: Final = "openmvno_session"
CSRF_HEADER: Final = "X-CSRF-Token"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""RFC 9110 section 9.2.1: they change nothing, so another site gains nothing by them."""

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")
_STATE_KEY: Final = "openmvno_request_id"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from, and its id."""

    address: str | None
    request_id: str


def origin_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Origin:
    """Of a request, whoever sent it. The address is None where it is none."""
    host = connection.client.host if connection.client else ""
    return Origin(_address(host), request_id(connection.scope))


@lru_cache(1024)
def _address(host: str) -> str | None:
    try:
        return str(ip_address(host.partition("%")[0]))  # without an IPv6 zone
    except ValueError:
        return None


def request_id(scope: Scope) -> str:
    """The request's id: the caller's own when it is usable, else a new one."""
    state = scope["state"]
    if _STATE_KEY not in state:
        given = Request[Any, Any, Any](scope).headers.get(REQUEST_ID_HEADER, "")
        state[_STATE_KEY] = given if _REQUEST_ID.fullmatch(given) else str(new_id())
    return str(state[_STATE_KEY])
