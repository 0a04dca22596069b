"""The asynchronous client: as the synchronous one, with ``await``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
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


class AsyncClient:
    """``async with AsyncClient(url, token) as client: await client.get("/v1/lines")``

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
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._retries = retries or Retries()
        self._http = httpx.AsyncClient(
            base_url=url, headers=authorised(token), timeout=timeout, transport=transport
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close its connections."""
        await self._http.aclose()

    @overload
    async def get(self, path: str, *, query: Query | None = None) -> Any: ...
    @overload
    async def get(self, path: str, kind: type[T], *, query: Query | None = None) -> T: ...
    async def get(self, path: str, kind: Any = Any, *, query: Query | None = None) -> Any:
        """Read something.

        Raises:
            Problem, Unreachable; so do the others.
        """
        return await self.call("GET", path, kind=kind, query=query)

    @overload
    async def post(self, path: str, body: object = None, *, key: str | None = None) -> Any: ...
    @overload
    async def post(
        self, path: str, body: object, kind: type[T], *, key: str | None = None
    ) -> T: ...
    async def post(
        self, path: str, body: object = None, kind: Any = Any, *, key: str | None = None
    ) -> Any:
        """Create something, once per key."""
        return await self.call("POST", path, body, kind=kind, key=key)

    async def upload(
        self,
        path: str,
        content: bytes,
        *,
        media_type: str = OCTETS,
        query: Query | None = None,
        key: str | None = None,
    ) -> Any:
        """Send a file, once per key; ``query`` may have its ``name``."""
        return answer(await self._sent(upload(path, content, media_type, query, key)), Any)

    async def put(self, path: str, body: object, *, if_match: str | None = None) -> Any:
        """Create or replace something."""
        return await self.call("PUT", path, body, if_match=if_match)

    async def patch(self, path: str, body: object, *, if_match: str | None = None) -> Any:
        """Change what ``body`` has of something."""
        return await self.call("PATCH", path, body, if_match=if_match)

    async def delete(self, path: str) -> Any:
        """Remove something."""
        return await self.call("DELETE", path)

    async def items(self, path: str, *, query: Query | None = None) -> AsyncIterator[Any]:
        """Everything a listing has, page by page as it is read."""
        cursor: str | None = None
        while True:
            page = await self.get(path, query={**(query or {}), "cursor": cursor})
            for item in page["items"]:
                yield item
            cursor = page["next_cursor"]
            if cursor is None:
                return

    async def call(
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
        return answer(await self._sent(request(method, path, body, query, key, if_match)), kind)

    async def _sent(self, wanted: Request) -> httpx.Response:
        attempt = 0
        while True:
            response: httpx.Response | None = None
            try:
                response = await self._http.request(
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
            await asyncio.sleep(self._retries.pause(attempt, response))
            attempt += 1
