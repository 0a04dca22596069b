"""Log records on standard error: JSON for machines, plain lines on a terminal.

Whatever a call passes as ``extra={...}`` becomes a field of its own. A record written inside a span
carries its trace_id and span_id (W3C Trace Context, hexadecimal).
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime

from opentelemetry import trace

from openmvno.settings import Settings

# Attributes every record has; everything beyond them was passed as `extra`.
_STANDARD_ATTRIBUTES = frozenset(vars(logging.makeLogRecord({}))) | {
    "asctime",
    "color_message",  # uvicorn's coloured copy of the message
    "message",
    "taskName",
}


def _extra_fields(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD_ATTRIBUTES}


def _span_fields() -> dict[str, str]:
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return {}
    return {
        "trace_id": trace.format_trace_id(context.trace_id),
        "span_id": trace.format_span_id(context.span_id),
    }


class JsonFormatter(logging.Formatter):
    """One JSON object on one line for each record."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self._role = role

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON; fields of `extra` never replace the standard ones."""
        moment = datetime.fromtimestamp(record.created, UTC)
        fields: dict[str, object] = {
            **_extra_fields(record),
            "timestamp": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "role": self._role,
            "logger": record.name,
            "message": record.getMessage(),
            **_span_fields(),
        }
        if record.exc_info:
            fields["exception"] = "".join(traceback.format_exception(*record.exc_info)).rstrip()
        return json.dumps(fields, default=str, ensure_ascii=False)


class TextFormatter(logging.Formatter):
    """``12:30:01.250 warning  charge  message  key=value`` for a person at a terminal."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self._role = role

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line, a traceback below it."""
        moment = datetime.fromtimestamp(record.created).astimezone()
        clock = moment.strftime("%H:%M:%S.") + f"{moment.microsecond // 1000:03d}"
        fields = {**_extra_fields(record), **_span_fields()}
        details = "".join(f"  {name}={value}" for name, value in fields.items())
        line = (
            f"{clock} {record.levelname.lower():<8} {self._role:<7} {record.getMessage()}{details}"
        )
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line


def configure_logging(settings: Settings, role: str) -> None:
    """Send all log records of this process to standard error. ``role``: up, charge, serve, …"""
    as_text = settings.log_format == "text" or (
        settings.log_format == "auto" and sys.stderr.isatty()
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(TextFormatter(role) if as_text else JsonFormatter(role))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    logging.captureWarnings(capture=True)
    # They log every request or statement at info.
    for chatty in ("httpx", "httpcore", "alembic", "hpack"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
