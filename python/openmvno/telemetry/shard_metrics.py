"""How full and how busy each shard is, as OpenTelemetry instruments."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from opentelemetry.metrics import CallbackOptions, Meter, Observation

# (keys in statistics.shard_loads that add up, instrument, unit, what it is).
GAUGES = (
    (("queued",), "openmvno.shard.queue.length", "{request}", "Requests waiting for the shard"),
    (("queue_limit",), "openmvno.shard.queue.limit", "{request}", "How many may wait"),
    (
        ("sessions", "answers"),
        "openmvno.shard.memory.used",
        "{entry}",
        "Open sessions and remembered answers",
    ),
    (("memory_limit",), "openmvno.shard.memory.limit", "{entry}", "How many there may be"),
    (("sessions",), "openmvno.shard.sessions", "{session}", "Open charging sessions"),
    (("answers",), "openmvno.shard.tombstones", "{answer}", "Answers remembered"),
    (("accounts",), "openmvno.shard.accounts", "{account}", "Payer accounts"),
    (("pending_bytes",), "openmvno.shard.journal.pending", "By", "Journal not yet handed over"),
    (("pending_limit",), "openmvno.shard.journal.limit", "By", "How much of it there may be"),
)

Shards = Callable[[], list[dict[str, Any]]]


class ShardMetrics:
    """Registers the instruments and answers their callbacks."""

    def __init__(self, meter: Meter, shards: Shards) -> None:
        """``shards``: the latest figures of each."""
        self._shards = shards
        meter.create_observable_counter(
            "openmvno.shard.busy",
            [self._busy],
            "s",
            "Time the shard was being applied; its rate is the shard's utilisation",
        )
        for keys, name, unit, description in GAUGES:
            meter.create_observable_gauge(name, [self._gauge(keys)], unit, description)

    def _busy(self, _: CallbackOptions) -> Iterable[Observation]:
        for shard in self._shards():
            yield Observation(shard["busy_ns"] / 1e9, {"shard": int(shard["shard"])})

    def _gauge(self, keys: tuple[str, ...]) -> Callable[[CallbackOptions], Iterable[Observation]]:
        def observe(_: CallbackOptions) -> Iterable[Observation]:
            for shard in self._shards():
                total = sum(int(shard[key]) for key in keys)
                yield Observation(total, {"shard": int(shard["shard"])})

        return observe
