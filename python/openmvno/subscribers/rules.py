"""Which status leads to which."""

from __future__ import annotations

from typing import Final

from openmvno.subscribers.errors import LineStateConflict

STATUS_AFTER: Final = {
    "preactive": frozenset({"active", "blocked", "closed"}),
    "active": frozenset({"blocked", "suspended", "closed"}),
    "blocked": frozenset({"active", "closed"}),
    "suspended": frozenset({"active", "blocked", "closed"}),
    "closed": frozenset[str](),
}
"""From each status, those it may change to. Closed is final: its number goes to others."""


def check_status_change(present: str, wanted: str) -> None:
    """Let a change of status pass.

    Raises:
        LineStateConflict: it is not allowed.
    """
    if wanted not in STATUS_AFTER[present]:
        possible = ", ".join(sorted(STATUS_AFTER[present])) or "nothing"
        raise LineStateConflict(
            f"A line that is {present} can become {possible}, not {wanted}.", field="status"
        )
