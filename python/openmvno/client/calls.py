"""What both clients share: what is sent, when it is sent again, and what an answer means."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar
from uuid import uuid4

import httpx
import msgspec

from openmvno.client.problems import Unreachable, problem_of

T = TypeVar("T")

Query = Mapping[str, str | int | bool | None]

AGAIN: Final = frozenset({429, 502, 503, 504})
"""Statuses that say nothing was decided, or not yet."""

JSON: Final = "application/json"
OCTETS: Final = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a call is tried in all, and how long the first pause is; each is twice as long."""

    tries: int = 4
    pause_seconds: float = 0.2
    longest_seconds: float = 10.0

    def pause(self, attempt: int, response: httpx.Response | None) -> float:
        """Seconds before the next try: what the server asks for, else about twice the last."""
        asked = response.headers.get("Retry-After", "") if response is not None else ""
        if asked.isdigit():
            return min(float(asked), self.longest_seconds)
        most: float = min(self.pause_seconds * 2.0**attempt, self.longest_seconds)
        # Not all at the same moment after an outage.
        return most * (0.5 + random.random() / 2)  # noqa: S311


@dataclass(frozen=True, slots=True)
class Request:
    """A call as it is sent, each time the same."""

    method: str
    path: str
    content: bytes | None
    query: dict[str, str | int | bool]
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str | None:
        """Its Idempotency-Key."""
        return self.headers.get("Idempotency-Key")


def request(
    method: str,
    path: str,
    body: object,
    query: Query | None,
    key: str | None,
    if_match: str | None,
) -> Request:
    """A call; a POST has an Idempotency-Key, whether one is given or not."""
    headers: dict[str, str] = {}
    content = None
    if body is not None:
        content = msgspec.json.encode(body)
        headers["Content-Type"] = JSON
    if method == "POST":
        headers["Idempotency-Key"] = key or str(uuid4())
    if if_match is not None:
        headers["If-Match"] = if_match
    given = {name: value for name, value in (query or {}).items() if value is not None}
    return Request(method, path, content, given, headers)


def upload(
    path: str, content: bytes, media_type: str, query: Query | None, key: str | None
) -> Request:
    """A file as the body of a POST."""
    made = request("POST", path, None, query, key, None)
    return replace(made, content=content, headers={**made.headers, "Content-Type": media_type})


def authorised(token: str) -> dict[str, str]:
    """The headers of every call."""
    return {"Authorization": f"Bearer {token}", "Accept": JSON}


def is_last(retries: Retries, attempt: int) -> bool:
    """Whether no further try follows."""
    return attempt + 1 >= retries.tries


def unreachable(sent: Request, error: Exception) -> Unreachable:
    """Nobody answered."""
    return Unreachable(sent.key, f"{sent.method} {sent.path}: {str(error) or type(error).__name__}")


def answer(response: httpx.Response, kind: type[T]) -> T:
    """What a call is answered with.

    Raises:
        Problem.
    """
    if response.is_success:
        return msgspec.json.decode(response.content or b"null", type=kind)
    raise problem_of(response)
