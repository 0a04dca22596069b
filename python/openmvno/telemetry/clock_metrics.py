"""How clocks differ, as OpenTelemetry instruments."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from opentelemetry.metrics import CallbackOptions, Meter, Observation

Clocks = Callable[[], dict[str, Any]]


class ClockMetrics:
    """Registers the instruments and answers their callbacks."""

    def __init__(self, meter: Meter, clocks: Clocks) -> None:
        """``clocks``: {"database_ahead_ms", "peers": [{"peer", "ahead_ms"}]}, the latest."""
        self._clocks = clocks
        meter.create_observable_gauge(
            "openmvno.clock.database_ahead",
            [self._database],
            "ms",
            "How far PostgreSQL's clock is ahead of this host's",
        )
        meter.create_observable_gauge(
            "openmvno.clock.peer_ahead",
            [self._peers],
            "ms",
            "How far a gateway's clock is ahead of this host's, by its Event-Timestamps",
        )

    def _database(self, _: CallbackOptions) -> Iterable[Observation]:
        ahead = self._clocks().get("database_ahead_ms")
        return [] if ahead is None else [Observation(float(ahead))]

    def _peers(self, _: CallbackOptions) -> Iterable[Observation]:
        for peer in self._clocks().get("peers", ()):
            yield Observation(float(peer["ahead_ms"]), {"peer": str(peer["peer"])})
