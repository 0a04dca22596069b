"""How many requests a caller may send in a while."""

from __future__ import annotations

from typing import Any

import pytest
from litestar.exceptions import TooManyRequestsException

from openmvno.web.api.limits import RateLimit


class Caller:
    """Sends requests by one route of an application that answers everything."""

    def __init__(self, limit: RateLimit) -> None:
        self._app = limit(self._answer)

    async def send(self, token: str, path: str = "/v1/lines") -> dict[str, str]:
        """The fields of the answer."""
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope: Any = {
            "type": "http",
            "path": path,
            "headers": [(b"authorization", token.encode())],
            "state": {},
        }
        await self._app(scope, self._nothing, send)
        return {name.decode(): value.decode() for name, value in sent[0]["headers"]}

    async def _answer(self, _: Any, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def _nothing(self) -> Any:
        raise AssertionError("there is no body")


@pytest.fixture
def clock() -> list[float]:
    return [1000.0]


@pytest.fixture
def limit(clock: list[float]) -> RateLimit:
    return RateLimit(("minute", 3), ["^/healthz$"], lambda: clock[0])


async def test_each_caller_has_so_many_in_a_window(limit: RateLimit, clock: list[float]) -> None:
    caller = Caller(limit)
    for left in (2, 1, 0):
        assert await caller.send("Bearer a") == {
            "ratelimit-policy": "3; w=60",
            "ratelimit-limit": "3",
            "ratelimit-remaining": str(left),
            "ratelimit-reset": "60",
        }
    clock[0] += 59
    with pytest.raises(TooManyRequestsException) as refused:
        await caller.send("Bearer a")
    assert refused.value.headers is not None
    assert refused.value.headers["RateLimit-Reset"] == "1"
    assert (await caller.send("Bearer b"))["ratelimit-remaining"] == "2"
    clock[0] += 1
    assert (await caller.send("Bearer a"))["ratelimit-remaining"] == "2"


async def test_all_routes_count_together(limit: RateLimit) -> None:
    first, second = Caller(limit), Caller(limit)
    await first.send("Bearer a")
    assert (await second.send("Bearer a"))["ratelimit-remaining"] == "1"


async def test_what_is_open_is_not_counted(limit: RateLimit) -> None:
    caller = Caller(limit)
    for _ in range(5):
        assert await caller.send("Bearer a", "/healthz") == {}


async def test_callers_that_stay_away_are_forgotten(limit: RateLimit, clock: list[float]) -> None:
    caller = Caller(limit)
    for number in range(10):
        await caller.send(f"Bearer {number}")
    assert len(limit._windows) == 10
    clock[0] += 61
    await caller.send("Bearer x")
    assert len(limit._windows) == 1
