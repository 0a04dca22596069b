"""The engine's figures as OpenTelemetry instruments.

Observed from the last statistics the engine's own thread took, so that an export never touches the
engine from another thread. Only the two commit histograms are recorded as they happen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from opentelemetry.metrics import CallbackOptions, Meter, Observation

from openmvno.telemetry.clock_metrics import ClockMetrics
from openmvno.telemetry.shard_metrics import ShardMetrics

Statistics = dict[str, Any]

# The engine's plain numbers: (key in statistics, instrument, unit, what it is).
GAUGES = (
    ("sessions", "openmvno.charging.sessions", "{session}", "Open charging sessions"),
    ("reserved_micros", "openmvno.charging.reserved", "{micro}", "Money reserved, in micros"),
    ("queue_age_ms", "openmvno.charging.queue.age", "ms", "How long the oldest answer is held"),
    ("queued", "openmvno.charging.queue.length", "{request}", "Requests waiting for their shard"),
    ("pending_bytes", "openmvno.charging.journal.pending", "By", "Journal not yet handed over"),
    ("parked", "openmvno.charging.parked", "{request}", "Requests waiting for the database"),
    ("remembered_answers", "openmvno.charging.tombstones", "{answer}", "Answers remembered"),
    ("accounts", "openmvno.charging.accounts", "{account}", "Payer accounts in memory"),
    ("connections", "openmvno.diameter.connections", "{connection}", "Open Diameter connections"),
    ("storage_available", "openmvno.charging.storage", "1", "1 while commits go through"),
    ("other_engines", "openmvno.charging.other_engines", "{engine}", "Other engines alive"),
)
LATENCY_BOUNDARIES_MS = (0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 3, 5, 10, 20, 50, 100, 500, 1_000, 5_000)
BATCH_BOUNDARIES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000)


class EngineMetrics:
    """Registers the instruments and answers their callbacks."""

    def __init__(self, meter: Meter) -> None:
        self._statistics: Statistics = {}
        meter.create_observable_counter(
            "openmvno.diameter.ccr",
            [self._requests],
            "{request}",
            "Credit-Control-Requests by peer, CC-Request-Type and Result-Code",
        )
        meter.create_observable_counter(
            "openmvno.diameter.session_requests",
            [self._orders],
            "{request}",
            "Re-Auth- and Abort-Session-Requests by what became of them",
        )
        meter.create_observable_gauge(
            "openmvno.charging.owner",
            [self._owner],
            "1",
            "1 while this engine has the shard",
        )
        meter.create_observable_counter(
            "openmvno.charging.forwarded",
            [self._forwarded],
            "{request}",
            "Requests for shards of other engines by what became of them",
        )
        for key, name, unit, description in GAUGES:
            meter.create_observable_gauge(name, [self._gauge(key)], unit, description)
        ShardMetrics(meter, lambda: self._statistics.get("shard_loads", []))
        ClockMetrics(meter, lambda: self._statistics.get("clocks", {}))
        self._latency = meter.create_histogram(
            "openmvno.commit.latency",
            "ms",
            "From handing a batch to PostgreSQL until it is durable",
            explicit_bucket_boundaries_advisory=LATENCY_BOUNDARIES_MS,
        )
        self._batch_size = meter.create_histogram(
            "openmvno.commit.batch_size",
            "{record}",
            "Journal records made durable by one commit",
            explicit_bucket_boundaries_advisory=BATCH_BOUNDARIES,
        )

    def committed(self, records: int, elapsed_ns: int) -> None:
        """One commit of ``records`` journal records took ``elapsed_ns``."""
        self._latency.record(elapsed_ns / 1e6)
        self._batch_size.record(records)

    def update(self, statistics: Statistics) -> None:
        """The latest figures."""
        self._statistics = statistics

    def _requests(self, _: CallbackOptions) -> Iterable[Observation]:
        for entry in self._statistics.get("ccr", ()):
            attributes: dict[str, str | int] = {
                "peer": str(entry["peer"]),
                "type": str(entry["type"]),
                "result_code": int(entry["result"]),
            }
            yield Observation(int(entry["count"]), attributes)

    def _orders(self, _: CallbackOptions) -> Iterable[Observation]:
        counts = self._statistics.get("orders", {})
        for fate in ("sent", "repeated", "answered", "dropped"):
            yield Observation(int(counts.get(fate, 0)), {"fate": fate})

    def _owner(self, _: CallbackOptions) -> Iterable[Observation]:
        owned = self._statistics.get("owned_shards", ())
        for shard in range(self._statistics.get("shards", 0)):
            yield Observation(int(shard in owned), {"shard": shard})

    def _forwarded(self, _: CallbackOptions) -> Iterable[Observation]:
        counts = self._statistics.get("forwards", {})
        for fate in ("sent", "answered", "repeated", "refused", "lost"):
            yield Observation(int(counts.get(fate, 0)), {"fate": fate})

    def _gauge(self, key: str) -> Callable[[CallbackOptions], Iterable[Observation]]:
        def observe(_: CallbackOptions) -> Iterable[Observation]:
            value = self._statistics.get(key)
            return [] if value is None else [Observation(int(value))]

        return observe
