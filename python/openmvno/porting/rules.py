"""Which step leads to which, and by when."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from openmvno.errors import one_of
from openmvno.porting.errors import PortStateConflict, PortTimeInvalid
from openmvno.porting.model import Message, Port

ANSWER_WITHIN: Final = timedelta(hours=24)
"""How long a donor or the clearing house may take for each step before the change of operator."""

TRY_AGAIN_AFTER: Final = timedelta(minutes=1)
LONGEST_AHEAD: Final = timedelta(days=366)

OPEN: Final = frozenset({"requested", "validated", "scheduled"})
"""States from which a port may still be rejected or cancelled."""

GIVEN_UP: Final = frozenset({"rejected", "cancelled"})
"""States in which nothing that crosses our own message on its way is news."""


def check_time(moment: datetime | None, now: datetime) -> None:
    """Let the time that a port is wished for pass.

    Raises:
        PortTimeInvalid.
    """
    if moment is not None and not now - TRY_AGAIN_AFTER < moment < now + LONGEST_AHEAD:
        raise PortTimeInvalid(
            f"{moment.isoformat()} is past, or too far ahead.", field="scheduled_at"
        )


def state_after(port: Port, message: Message) -> str:
    """Where a message brings a port; the state it is in where the message is no news.

    Raises:
        PortStateConflict.
    """
    wanted = {
        "requested": port.state,
        "accepted": "scheduled" if message.scheduled_at is not None else "validated",
        "rejected": "rejected",
        "cancelled": "cancelled",
        "activated": port.state,
        "returned": "returned",
    }[message.kind]
    is_late = message.kind != "returned" and port.state in GIVEN_UP
    if wanted == port.state or is_late or (wanted == "validated" and port.state == "scheduled"):
        return port.state
    allowed: dict[str, bool] = {
        "accepted": port.direction == "in" and port.state in ("requested", "validated"),
        "rejected": port.direction == "in" and port.state in OPEN,
        "cancelled": port.state in OPEN,
        "returned": port.direction == "out" and port.state == "activated",
    }
    if not allowed[message.kind]:
        raise PortStateConflict(
            f"A port {port.direction} that is {port.state} cannot be {message.kind}.",
            field="message",
            accepted=one_of(kind for kind, may in allowed.items() if may),
        )
    return wanted
