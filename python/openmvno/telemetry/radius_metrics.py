"""The RADIUS door's figures as OpenTelemetry instruments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from opentelemetry.metrics import CallbackOptions, Meter, Observation


class RadiusMetrics:
    """Registers the instruments and answers their callbacks from the latest figures."""

    def __init__(self, meter: Meter) -> None:
        self._figures: dict[str, Any] = {}
        meter.create_observable_counter(
            "openmvno.radius.requests",
            [self._requests],
            "{request}",
            "RADIUS requests and dropped datagrams by client, request and result",
        )
        meter.create_observable_gauge(
            "openmvno.radius.serving", [self._serving], "{request}", "Requests being served"
        )
        meter.create_observable_counter(
            "openmvno.radius.unsent", [self._unsent], "{datagram}", "Not taken by the system"
        )
        meter.create_observable_counter(
            "openmvno.radius.dropped",
            [self._dropped],
            "{datagram}",
            "Dropped by the system: no requests by their first octets, or no room",
        )

    def update(self, figures: dict[str, Any]) -> None:
        """The latest figures."""
        self._figures = figures

    def _requests(self, _: CallbackOptions) -> Iterable[Observation]:
        for entry in self._figures.get("requests", ()):
            attributes = {name: str(entry[name]) for name in ("client", "request", "result")}
            yield Observation(int(entry["count"]), attributes)

    def _serving(self, _: CallbackOptions) -> Iterable[Observation]:
        return [Observation(int(self._figures.get("serving", 0)))]

    def _unsent(self, _: CallbackOptions) -> Iterable[Observation]:
        return [Observation(int(self._figures.get("unsent", 0)))]

    def _dropped(self, _: CallbackOptions) -> Iterable[Observation]:
        return [Observation(int(self._figures.get("dropped", 0)))]
