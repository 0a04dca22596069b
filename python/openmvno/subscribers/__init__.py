"""Subscribers: lines, and the sign-up that opens them."""

from openmvno.subscribers.barring import bar_below
from openmvno.subscribers.bulk import BulkLine, open_lines
from openmvno.subscribers.errors import LineNotFound, SessionUnknown
from openmvno.subscribers.model import Line
from openmvno.subscribers.service import find_line, find_open_line
from openmvno.subscribers.sessions import abort_sessions
from openmvno.subscribers.store import line_by_identity, lines_by_identities

__all__ = [
    "BulkLine",
    "Line",
    "LineNotFound",
    "SessionUnknown",
    "abort_sessions",
    "bar_below",
    "find_line",
    "find_open_line",
    "line_by_identity",
    "lines_by_identities",
    "open_lines",
]
