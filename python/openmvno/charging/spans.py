"""Traces of sampled charged requests, from the finished timings the core hands over.

The core samples by hash of Session-Id, so all requests of a session are traced or none. Only
sampled requests cost anything here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer

# RFC 6733 section 7.1: 2xxx is success.
SUCCESS = range(2000, 3000)

# Parts of a request's way, by the times at which they begin and end.
PHASES = (
    ("charging.apply", "received_ns", "applied_ns"),
    ("charging.await_batch", "applied_ns", "taken_ns"),
    ("charging.commit", "taken_ns", "committed_ns"),
)


@dataclass(frozen=True)
class Timing:
    """One finished request; times are Unix nanoseconds."""

    session: str
    peer: str
    type: str
    number: int
    result: int
    shard: int
    times: dict[str, int]

    @classmethod
    def from_json(cls, entry: dict[str, Any]) -> Timing:
        """Read one entry of Released.spans."""
        times = {name: int(value) for name, value in entry.items() if name.endswith("_ns")}
        return cls(
            session=entry["session"],
            peer=entry["peer"],
            type=entry["type"],
            number=entry["number"],
            result=entry["result"],
            shard=entry["shard"],
            times=times,
        )


class SpanWriter:
    """Makes one trace of each finished sampled request."""

    def __init__(self, tracer: Tracer | None = None) -> None:
        self._tracer = tracer or trace.get_tracer("openmvno.charging")

    def write(self, spans: bytes) -> None:
        """``spans``: the JSON array of Released.spans."""
        if len(spans) <= 2:  # "" or "[]"
            return
        for entry in json.loads(spans):
            self._write(Timing.from_json(entry))

    def _write(self, timing: Timing) -> None:
        begin = timing.times["received_ns"]
        end = max(timing.times.values())
        root = self._tracer.start_span(
            f"diameter {timing.type}",
            kind=SpanKind.SERVER,
            start_time=begin,
            attributes={
                "diameter.session_id": timing.session,
                "diameter.origin_host": timing.peer,
                "diameter.cc_request_type": timing.type,
                "diameter.cc_request_number": timing.number,
                "openmvno.shard": timing.shard,
                "diameter.result_code": timing.result,
            },
        )
        context = trace.set_span_in_context(root)
        for name, first, last in PHASES:
            if first in timing.times and last in timing.times:
                part = self._tracer.start_span(name, context, start_time=timing.times[first])
                part.end(timing.times[last])
        if timing.result not in SUCCESS:
            root.set_status(Status(StatusCode.ERROR, str(timing.result)))
        root.end(end)
