"""How many requests a caller may send in a while."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from litestar import Request
from litestar.enums import ScopeType
from litestar.exceptions import TooManyRequestsException
from litestar.middleware.rate_limit import DURATION_VALUES, DurationUnit
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from openmvno.web.api.authentication import caller_key

Limit = tuple[DurationUnit, int]
"""So many requests in a unit of time."""


@dataclass(slots=True)
class _Window:
    """What one caller has sent until ``ends``, in seconds of the clock."""

    ends: float
    sent: int = 0


class RateLimit:
    """Litestar middleware. Counts by :func:`caller_key`, in this process, and says in each answer
    what is left (the RateLimit fields of draft-ietf-httpapi-ratelimit-headers-07).

    The framework's own writes the times of all requests of the window down as JSON at each of them.
    """

    def __init__(
        self, limit: Limit, exclude: Sequence[str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``exclude``: patterns of paths that anybody may ask as often as they like; ``clock``:
        seconds."""
        unit, self._most = limit
        self._seconds = DURATION_VALUES[unit]
        self._excluded = re.compile("|".join(exclude))
        self._clock = clock
        self._windows: dict[str, _Window] = {}
        self._tidy_at = 0.0

    def __call__(self, app: ASGIApp) -> ASGIApp:
        """Before each route; all share what is counted."""
        return partial(self._limit, app)

    async def _limit(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it.

        Raises:
            TooManyRequestsException.
        """
        if scope["type"] != ScopeType.HTTP or self._excluded.search(scope["path"]):
            await app(scope, receive, send)
            return
        window = self._window(caller_key(Request(scope)))
        if window.sent >= self._most:
            raise TooManyRequestsException(headers=self._fields(window))
        window.sent += 1

        async def send_with_fields(message: Message) -> None:
            if message["type"] == "http.response.start":
                fields = self._fields(window).items()
                message["headers"] = [
                    *message["headers"],
                    *((name.lower().encode(), value.encode()) for name, value in fields),
                ]
            await send(message)

        await app(scope, receive, send_with_fields)

    def _window(self, key: str) -> _Window:
        now = self._clock()
        if now >= self._tidy_at:
            self._windows = {k: each for k, each in self._windows.items() if each.ends > now}
            self._tidy_at = now + self._seconds
        window = self._windows.get(key)
        if window is None or window.ends <= now:
            window = self._windows[key] = _Window(now + self._seconds)
        return window

    def _fields(self, window: _Window) -> dict[str, str]:
        return {
            "RateLimit-Policy": f"{self._most}; w={self._seconds}",
            "RateLimit-Limit": str(self._most),
            "RateLimit-Remaining": str(max(0, self._most - window.sent)),
            "RateLimit-Reset": str(max(1, round(window.ends - self._clock()))),
        }
