"""Who waits for which outcome: tokens go into the core, outcomes come back with a release."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable

# Outcomes of commands that nobody waited for yet: the API may ask a moment after the feed was
# quicker. Older ones are read from engine_command, where the materialiser puts them.
RECENT_LIMIT = 20_000

CommandPlace = tuple[int, int]  # shard, seq of engine_command


class Outcomes:
    """Hands outcomes over to whoever waits, and remembers recent outcomes of commands."""

    def __init__(self) -> None:
        self._next_token = 1
        self._requests: dict[int, asyncio.Future[list[bytes]]] = {}
        self._commands: dict[int, CommandPlace] = {}
        self._outstanding: set[CommandPlace] = set()
        self._waiting: dict[CommandPlace, list[asyncio.Future[bytes]]] = {}
        self._released = asyncio.Event()
        self._recent: OrderedDict[CommandPlace, bytes] = OrderedDict()

    def token(self) -> int:
        """A token nobody has used in this process."""
        token = self._next_token
        self._next_token += 1
        return token

    def expect_requests(self, token: int) -> asyncio.Future[list[bytes]]:
        """The outcomes of requests submitted together, once all are durable."""
        future: asyncio.Future[list[bytes]] = asyncio.get_running_loop().create_future()
        self._requests[token] = future
        return future

    def forget_requests(self, token: int) -> None:
        """Nobody waits for these requests any more."""
        self._requests.pop(token, None)

    def command_fed(self, token: int, place: CommandPlace) -> None:
        """The command at ``place`` went into the core under ``token``."""
        self._commands[token] = place
        self._outstanding.add(place)

    def command_refused(self, token: int) -> None:
        """The core did not take the command; it will be fed again."""
        place = self._commands.pop(token, None)
        if place is not None:
            self._outstanding.discard(place)

    def is_outstanding(self, place: CommandPlace) -> bool:
        """Whether the command at ``place`` is in the core and not durable yet."""
        return place in self._outstanding

    def recent(self, place: CommandPlace) -> bytes | None:
        """The outcome of a command released not long ago."""
        return self._recent.get(place)

    def expect_command(self, place: CommandPlace) -> asyncio.Future[bytes]:
        """The outcome of the command at ``place``, once it is durable."""
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(place, []).append(future)
        return future

    def forget_command(self, place: CommandPlace, future: asyncio.Future[bytes]) -> None:
        """``future`` is no longer awaited."""
        waiting = self._waiting.get(place)
        if waiting is None:
            return
        if future in waiting:
            waiting.remove(future)
        if not waiting:
            del self._waiting[place]

    async def commands_below(self, limit: int) -> None:
        """Wait until fewer than ``limit`` commands are in the core without being durable."""
        while len(self._commands) >= limit:
            self._released.clear()
            await self._released.wait()

    def deliver(self, outcomes: Iterable[tuple[int, bytes]]) -> None:
        """Outcomes (token, JSON) of the commands of a released batch."""
        self._released.set()
        for token, outcome in outcomes:
            place = self._commands.pop(token, None)
            if place is not None:
                self._deliver_command(place, outcome)

    def deliver_requests(self, bundles: Iterable[tuple[int, list[bytes]]]) -> None:
        """Outcomes of requests submitted together, all durable now."""
        for token, outcomes in bundles:
            future = self._requests.pop(token, None)
            if future is not None and not future.done():
                future.set_result(outcomes)

    def _deliver_command(self, place: CommandPlace, outcome: bytes) -> None:
        self._outstanding.discard(place)
        self._recent[place] = outcome
        if len(self._recent) > RECENT_LIMIT:
            self._recent.popitem(last=False)
        for future in self._waiting.pop(place, ()):
            if not future.done():
                future.set_result(outcome)
