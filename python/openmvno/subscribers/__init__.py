"""Subscribers: lines, and the sign-up that opens them."""

from openmvno.subscribers.barring import bar_below
from openmvno.subscribers.bulk import BulkLine, open_lines
from openmvno.subscribers.errors import IdentityInUse, LineNotFound, SessionUnknown, refusals
from openmvno.subscribers.identities import change_number, check_cooling
from openmvno.subscribers.model import Line
from openmvno.subscribers.moving import land, set_moving, set_payer, tell_payer
from openmvno.subscribers.service import close_line, find_line, find_open_line, modify_line
from openmvno.subscribers.session_schemas import OpenSessionView
from openmvno.subscribers.sessions import abort_sessions, open_sessions
from openmvno.subscribers.sign_up import Money, sign_up
from openmvno.subscribers.store import (
    line_by_card,
    line_by_identity,
    lines_by_identities,
    live_identities,
    open_lines_after,
)
from openmvno.subscribers.undoing import undo_sign_up

__all__ = [
    "BulkLine",
    "IdentityInUse",
    "Line",
    "LineNotFound",
    "Money",
    "OpenSessionView",
    "SessionUnknown",
    "abort_sessions",
    "bar_below",
    "change_number",
    "check_cooling",
    "close_line",
    "find_line",
    "find_open_line",
    "land",
    "line_by_card",
    "line_by_identity",
    "lines_by_identities",
    "live_identities",
    "modify_line",
    "open_lines",
    "open_lines_after",
    "open_sessions",
    "refusals",
    "set_moving",
    "set_payer",
    "sign_up",
    "tell_payer",
    "undo_sign_up",
]
