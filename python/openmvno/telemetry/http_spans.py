"""One span for each API call (OpenTelemetry semantic conventions for HTTP servers)."""

from __future__ import annotations

from typing import Any, Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from opentelemetry import propagate, trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

UNTRACED: Final = frozenset({"/healthz", "/readyz"})  # asked every few seconds by machines


class TraceRequests:
    """ASGI middleware. A caller's W3C traceparent is continued."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._tracer = trace.get_tracer("openmvno.api")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request inside its span."""
        if scope["type"] != ScopeType.HTTP or scope["path"] in UNTRACED:
            await self._app(scope, receive, send)
            return
        carrier = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        with self._tracer.start_as_current_span(
            _name(scope),
            propagate.extract(carrier),
            kind=SpanKind.SERVER,
            attributes=_attributes(scope),
            record_exception=False,
            set_status_on_exception=False,
        ) as span:

            async def send_and_note(message: Message) -> None:
                if message["type"] == "http.response.start":
                    _note_status(span, message["status"])
                await send(message)

            try:
                await self._app(scope, receive, send_and_note)
            except Exception as error:
                # Refusals are exceptions that know their status; the rest is ours to explain.
                status = int(getattr(error, "status", 0) or getattr(error, "status_code", 500))
                _note_status(span, status)
                if status >= 500:
                    span.record_exception(error)
                raise


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
