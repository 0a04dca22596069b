"""Tokens that were looked up a moment ago: a program sends the same one many times a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from psycopg import AsyncConnection

from openmvno.access.secrets import digest
from openmvno.access.tokens import Holder, actor_of, holder_of
from openmvno.actor import Actor

KNOWN_SECONDS: Final = 1.0
"""How long the answer to a look at the database holds. A revocation by another process, an expiry,
a tenant's suspension, a change of networks or scopes: each is felt within so long."""

MOST_KNOWN: Final = 10_000

OpenConnection = Callable[[], AbstractAsyncContextManager[AsyncConnection[Any]]]


class KnownTokens:
    """The tokens one process has seen in the last second, by their hashes. One that is not good is
    not remembered."""

    def __init__(
        self, open_connection: OpenConnection, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``clock``: seconds."""
        self._open_connection = open_connection
        self._clock = clock
        self._known: dict[bytes, tuple[float, Holder]] = {}
        self._forgotten = 0

    async def authenticate(
        self, token: str, request_id: str, address: str | None = None
    ) -> Actor | None:
        """As :func:`openmvno.access.authenticate`, by what is known since a second at most.

        Raises:
            AddressNotAllowed.
        """
        key = digest(token)
        known = self._known.get(key)
        if known is not None and self._clock() < known[0]:
            holder: Holder | None = known[1]
        else:
            holder = await self._look_up(key)
        return None if holder is None else actor_of(holder, request_id, address)

    def forget(self) -> None:
        """Look all of them up again: one was revoked here, which holds from now on."""
        self._known.clear()
        self._forgotten += 1

    async def _look_up(self, key: bytes) -> Holder | None:
        until, forgotten = self._clock() + KNOWN_SECONDS, self._forgotten
        self._known.pop(key, None)
        async with self._open_connection() as connection:
            holder = await holder_of(connection, key)
        # What was read before a revocation must not outlive it.
        if holder is not None and forgotten == self._forgotten:
            if len(self._known) >= MOST_KNOWN:
                del self._known[next(iter(self._known))]
            self._known[key] = (until, holder)
        return holder
