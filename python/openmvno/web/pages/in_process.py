"""The REST API asked by the application itself, as the session of a page's request."""

from __future__ import annotations

from typing import Any, Final

import httpx
import msgspec
from litestar import Request

from openmvno.client import AsyncClient, Problem, Retries
from openmvno.rest.origin import CSRF_HEADER, REQUEST_ID_HEADER, SESSION_COOKIE, request_id

ONCE: Final = Retries(tries=1)
"""A page tells what went wrong at once; who waits is a person."""

TIMEOUT_SECONDS: Final = 30.0


class SessionTransport(httpx.AsyncBaseTransport):
    """Calls into the application with the cookie, address and request id of a page's request."""

    def __init__(self, request: Request[Any, Any, Any], csrf_token: str | None) -> None:
        client = request.client
        self._application = httpx.ASGITransport(
            # Litestar types an ASGI application in words of its own.
            app=request.app,  # type: ignore[arg-type]
            raise_app_exceptions=False,
            client=(client.host, client.port) if client else ("127.0.0.1", 0),
        )
        self._cookie = request.cookies.get(SESSION_COOKIE)
        self._csrf_token = csrf_token
        self._request_id = request_id(request.scope)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it as the session's."""
        del request.headers["Authorization"]
        request.headers[REQUEST_ID_HEADER] = self._request_id
        if self._cookie is not None:
            request.headers["Cookie"] = f"{SESSION_COOKIE}={self._cookie}"
        if self._csrf_token is not None:
            request.headers[CSRF_HEADER] = self._csrf_token
        return await self._application.handle_async_request(request)


def api_of(request: Request[Any, Any, Any], csrf_token: str | None = None) -> AsyncClient:
    """A client of the API. It can change something only with the ``csrf_token`` of a form."""
    return AsyncClient(
        str(request.base_url),
        "",
        timeout=TIMEOUT_SECONDS,
        retries=ONCE,
        transport=SessionTransport(request, csrf_token),
    )


async def send(
    request: Request[Any, Any, Any],
    method: str,
    path: str,
    *,
    csrf_token: str | None = None,
    key: str | None = None,
    **parts: Any,
) -> httpx.Response:
    """A call whose body is no JSON, or whose headers count. ``parts``: as httpx takes them
    (``content``, ``files``, ``params``, ``headers``).

    Raises:
        Problem: what the API refuses.
    """
    headers = {"Authorization": "-", **parts.pop("headers", {})}
    if key is not None:
        headers["Idempotency-Key"] = key
    transport = SessionTransport(request, csrf_token)
    base = str(request.base_url)
    async with httpx.AsyncClient(
        base_url=base, transport=transport, timeout=TIMEOUT_SECONDS
    ) as client:
        answer = await client.request(method, path, headers=headers, **parts)
    if not answer.is_success:
        raise Problem(answer.status_code, msgspec.json.decode(answer.content, type=dict[str, Any]))
    return answer
