"""Subscribers: lines, and the sign-up that opens them."""

from openmvno.subscribers.bulk import BulkLine, open_lines
from openmvno.subscribers.errors import LineNotFound, SessionUnknown
from openmvno.subscribers.model import Line
from openmvno.subscribers.service import find_line, find_open_line
from openmvno.subscribers.sessions import abort_sessions
from openmvno.subscribers.store import (
    line_by_identity,
    lines_by_identities,
    live_identities,
    open_lines_after,
)

__all__ = [
    "BulkLine",
    "Line",
    "LineNotFound",
    "SessionUnknown",
    "abort_sessions",
    "find_line",
    "find_open_line",
    "line_by_identity",
    "lines_by_identities",
    "live_identities",
    "open_lines",
    "open_lines_after",
]
