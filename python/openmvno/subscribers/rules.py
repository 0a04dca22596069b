"""Which status leads to which."""

from __future__ import annotations

from typing import Final

from openmvno.errors import one_of
from openmvno.subscribers.errors import LineBlockedByOther, LineStateConflict

STATUS_AFTER: Final = {
    "preactive": frozenset({"active", "blocked", "closed"}),
    "active": frozenset({"blocked", "suspended", "closed"}),
    "blocked": frozenset({"active", "closed"}),
    "suspended": frozenset({"active", "blocked", "closed"}),
    "closed": frozenset[str](),
}
"""From each status, those it may change to. Closed is final: its number goes to others."""


SUBSCRIBER: Final = "subscriber"
BLOCKERS: Final = (SUBSCRIBER, "staff", "fraud")
"""Who may have a line blocked; the word of a later one counts more."""


_OWN_BLOCK: Final = frozenset({("active", "blocked"), ("blocked", "active")})


def blocker(present: str | None, by: str) -> str:
    """Who has a line blocked after ``by`` wants it so, too."""
    return max(present or by, by, key=BLOCKERS.index)


def check_unblocking(blocked_by: str | None, by: str) -> None:
    """Let the end of a block pass.

    Raises:
        LineBlockedByOther.
    """
    if blocked_by is not None and BLOCKERS.index(by) < BLOCKERS.index(blocked_by):
        raise LineBlockedByOther(
            f"The line is blocked by {blocked_by}: {by} cannot end that.",
            field="status",
            accepted=f"blocked, until {one_of(BLOCKERS[BLOCKERS.index(blocked_by) :])} ends it",
        )


def check_own_block(present: str, wanted: str) -> None:
    """Let a subscriber block an active line or end a block; a line that is suspended or was never
    active does not come into service that way.

    Raises:
        LineStateConflict.
    """
    if (present, wanted) not in _OWN_BLOCK and present != wanted:
        raise LineStateConflict(
            f"You can block an active line and unblock a blocked one; this one is {present}.",
            field="status",
            accepted=one_of(after for before, after in _OWN_BLOCK if before == present),
        )


def check_status_change(present: str, wanted: str) -> None:
    """Let a change of status pass.

    Raises:
        LineStateConflict: it is not allowed.
    """
    if wanted not in STATUS_AFTER[present]:
        raise LineStateConflict(
            f"A line that is {present} cannot become {wanted}.",
            field="status",
            accepted=one_of(sorted(STATUS_AFTER[present]), "nothing, closed is final"),
        )
