"""The synchronous client."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self, TypeVar, overload

import httpx

from openmvno.client.calls import (
    AGAIN,
    OCTETS,
    Query,
    Request,
    Retries,
    answer,
    authorised,
    is_last,
    request,
    unreachable,
    upload,
)

T = TypeVar("T")


class Client:
    """``with Client(url, token) as client: client.get("/v1/lines")``

    ``key`` is the Idempotency-Key of a POST; without one each call gets its own, and keeps it when
    it is repeated.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        timeout: float = 20.0,
        retries: Retries | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._retries = retries or Retries()
        self._http = httpx.Client(
            base_url=url, headers=authorised(token), timeout=timeout, transport=transport
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    @overload
    def get(self, path: str, *, query: Query | None = None) -> Any: ...
    @overload
    def get(self, path: str, kind: type[T], *, query: Query | None = None) -> T: ...
    def get(self, path: str, kind: Any = Any, *, query: Query | None = None) -> Any:
        """Read something.

        Raises:
            Problem, Unreachable; so do the others.
        """
        return self.call("GET", path, kind=kind, query=query)

    @overload
    def post(self, path: str, body: object = None, *, key: str | None = None) -> Any: ...
    @overload
    def post(self, path: str, body: object, kind: type[T], *, key: str | None = None) -> T: ...
    def post(
        self, path: str, body: object = None, kind: Any = Any, *, key: str | None = None
    ) -> Any:
        """Create something, once per key."""
        return self.call("POST", path, body, kind=kind, key=key)

    def upload(
        self,
        path: str,
        content: bytes,
        *,
        media_type: str = OCTETS,
        query: Query | None = None,
        key: str | None = None,
    ) -> Any:
        """Send a file, once per key; ``query`` may have its ``name``."""
        return answer(self._sent(upload(path, content, media_type, query, key)), Any)

    def put(self, path: str, body: object, *, if_match: str | None = None) -> Any:
        """Create or replace something."""
        return self.call("PUT", path, body, if_match=if_match)

    def patch(self, path: str, body: object, *, if_match: str | None = None) -> Any:
        """Change what ``body`` has of something."""
        return self.call("PATCH", path, body, if_match=if_match)

    def delete(self, path: str) -> Any:
        """Remove something."""
        return self.call("DELETE", path)

    def items(self, path: str, *, query: Query | None = None) -> Iterator[Any]:
        """Everything a listing has, page by page as it is read."""
        cursor: str | None = None
        while True:
            page = self.get(path, query={**(query or {}), "cursor": cursor})
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        kind: Any = Any,
        query: Query | None = None,
        key: str | None = None,
        if_match: str | None = None,
    ) -> Any:
        """Any call."""
        return answer(self._sent(request(method, path, body, query, key, if_match)), kind)

    def _sent(self, wanted: Request) -> httpx.Response:
        attempt = 0
        while True:
            response: httpx.Response | None = None
            try:
                response = self._http.request(
                    wanted.method,
                    wanted.path,
                    content=wanted.content,
                    params=wanted.query,
                    headers=wanted.headers,
                )
            except httpx.TransportError as error:
                if is_last(self._retries, attempt):
                    raise unreachable(wanted, error) from error
            else:
                if response.status_code not in AGAIN or is_last(self._retries, attempt):
                    return response
            time.sleep(self._retries.pause(attempt, response))
            attempt += 1
