"""How fast counters of the engines rise, from looks that everyone who asks shares."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from openmvno.charging.engine_client import EngineClient, EngineReport

FRESH_SECONDS: Final = 1.0
"""A look serves everyone who asks within this time, so the engines are asked once a second."""

WINDOW_SECONDS: Final = 10.0
"""Rates are means of at most so long; where nobody looked meanwhile there is none."""

Figures = dict[str, Any]
Counters = Callable[[Figures], dict[str, int]]
"""Picks counters out of an engine's figures, by name."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the engines said at one time."""

    clock: float
    taken_at: datetime
    reports: tuple[EngineReport, ...]

    @property
    def figures(self) -> dict[int, Figures]:
        """Of each engine that answers, by its run."""
        return {
            int(report.figures.get("owner", 0)): report.figures
            for report in self.reports
            if report.figures is not None
        }


@dataclass(frozen=True, slots=True)
class Recent:
    """The last look and, for rates, an earlier one; None where there is none."""

    last: Look
    before: Look | None

    @property
    def seconds(self) -> float | None:
        """Over which rates are means."""
        return None if self.before is None else self.last.clock - self.before.clock

    def totals(self, counters: Counters) -> dict[str, int]:
        """Counters of all engines since the start of each."""
        added: dict[str, int] = {}
        for figures in self.last.figures.values():
            for name, value in counters(figures).items():
                added[name] = added.get(name, 0) + value
        return added

    def per_second(self, counters: Counters) -> dict[str, float] | None:
        """How fast they rise; None without an earlier look. An engine that came in between does
        not count yet."""
        if self.before is None or self.seconds is None:
            return None
        earlier = self.before.figures
        risen: dict[str, int] = {}
        for owner, figures in self.last.figures.items():
            if owner not in earlier:
                continue
            known = counters(earlier[owner])
            for name, value in counters(figures).items():
                risen[name] = risen.get(name, 0) + value - known.get(name, 0)
        return {name: value / self.seconds for name, value in risen.items()}


class EngineRates:
    """Looks at the engines when somebody asks, at most once a second."""

    def __init__(self, engine: EngineClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._clock = clock
        self._looks: deque[Look] = deque()
        self._one_look = asyncio.Lock()

    async def recent(self) -> Recent:
        """The engines now."""
        async with self._one_look:
            now = self._clock()
            if not self._looks or now - self._looks[-1].clock >= FRESH_SECONDS:
                reports = tuple(await self._engine.reports())
                self._looks.append(Look(now, datetime.now(UTC), reports))
            last = self._looks[-1]
            while last.clock - self._looks[0].clock > WINDOW_SECONDS:
                self._looks.popleft()
            before = self._looks[0] if len(self._looks) > 1 else None
            return Recent(last, before)


def answers_by_result(figures: Figures) -> dict[str, int]:
    """Credit-Control-Answers by Result-Code."""
    counted: dict[str, int] = {}
    for entry in figures.get("ccr", ()):
        result = str(entry["result"])
        counted[result] = counted.get(result, 0) + int(entry["count"])
    return counted


def refusals_by_limit(figures: Figures) -> dict[str, int]:
    """Requests refused unread, by the limit they met."""
    return {str(limit): int(count) for limit, count in figures.get("refused", {}).items()}


def busy_by_shard(figures: Figures) -> dict[str, int]:
    """Nanoseconds each shard was being applied, by its number."""
    return {str(load["shard"]): int(load["busy_ns"]) for load in figures.get("shard_loads", ())}
