"""One span for each API call, and how long calls take (OpenTelemetry semantic conventions for HTTP
servers).
"""

from __future__ import annotations

import time
from typing import Any, Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from opentelemetry import metrics, propagate, trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

DURATION_BOUNDARIES: Final = (
    0.005,
    0.01,
    0.025,
    0.05,
    0.075,
    0.1,
    0.25,
    0.5,
    0.75,
    1,
    2.5,
    5,
    7.5,
    10,
)
"""Seconds, as the semantic conventions have them."""

UNTRACED: Final = frozenset({"/healthz", "/readyz"})  # asked every few seconds by machines


class TraceRequests:
    """ASGI middleware. A caller's W3C traceparent is continued."""

    def __init__(self, app: ASGIApp, meters: metrics.MeterProvider | None = None) -> None:
        """``meters``: the process's own unless given."""
        self._app = app
        self._tracer = trace.get_tracer("openmvno.api")
        fields = propagate.get_global_textmap().fields
        self._carriers = frozenset(field.lower().encode("latin-1") for field in fields)
        meter = metrics.get_meter("openmvno.api", meter_provider=meters)
        self._duration = meter.create_histogram(
            "http.server.request.duration",
            "s",
            "Duration of API calls",
            explicit_bucket_boundaries_advisory=DURATION_BOUNDARIES,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request inside its span."""
        if scope["type"] != ScopeType.HTTP or scope["path"] in UNTRACED:
            await self._app(scope, receive, send)
            return
        carrier = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in scope["headers"]
            if name in self._carriers
        }
        with self._tracer.start_as_current_span(
            _name(scope),
            propagate.extract(carrier) if carrier else Context(),
            kind=SpanKind.SERVER,
            attributes=_attributes(scope),
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            begun = time.monotonic()

            async def send_and_note(message: Message) -> None:
                if message["type"] == "http.response.start":
                    self._note(scope, span, message["status"], begun)
                await send(message)

            try:
                await self._app(scope, receive, send_and_note)
            except Exception as error:
                # Refusals are exceptions that know their status; the rest is ours to explain.
                status = int(getattr(error, "status", 0) or getattr(error, "status_code", 500))
                self._note(scope, span, status, begun)
                if status >= 500:
                    span.record_exception(error)
                raise

    def _note(self, scope: Any, span: Span, status: int, begun: float) -> None:
        """The status is known: of an answer that streams its duration is the time until then."""
        _note_status(span, status)
        attributes: dict[str, str | int] = {
            "http.request.method": str(scope["method"]),
            # Paths that nobody serves are as many as their callers like.
            "http.route": str(scope.get("path_template") or "unknown"),
            "http.response.status_code": status,
        }
        self._duration.record(time.monotonic() - begun, attributes)


def _route(scope: Any) -> str:
    return str(scope.get("path_template") or scope["path"])


def _name(scope: Any) -> str:
    return f"{scope['method']} {_route(scope)}"


def _attributes(scope: Any) -> dict[str, str]:
    return {
        "http.request.method": str(scope["method"]),
        "http.route": _route(scope),
        "url.path": scope["path"],
        "url.scheme": scope["scheme"],
    }


def _note_status(span: Span, status: int) -> None:
    span.set_attribute("http.response.status_code", status)
    if status >= 500:
        span.set_status(Status(StatusCode.ERROR))
