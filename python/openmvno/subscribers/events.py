"""What other systems hear about lines."""

from __future__ import annotations

from uuid import UUID

from openmvno.provisioning import Event
from openmvno.subscribers.model import Line

_STATUS_EVENTS = {
    "preactive": "line.prepared",
    "active": "line.activated",
    "blocked": "line.blocked",
    "suspended": "line.suspended",
    "closed": "line.closed",
}


def status_event(line: Line, command: tuple[int, int]) -> Event:
    """The event of a line that has just come to its status."""
    return line_event(_STATUS_EVENTS[line.status_in_force], line, command)


def product_event(line: Line, command: tuple[int, int]) -> Event:
    """The event of a line that has just got another product."""
    return line_event("line.product_changed", line, command)


def number_event(line: Line, previous: Line, command: tuple[int, int]) -> Event:
    """The event of a line that has just got another number."""
    payload = event_payload(line) | {"previous_msisdn": previous.msisdn}
    return Event(line.line_id, "line.number_changed", payload, command)


def sim_event(line: Line, previous: Line, command: tuple[int, int]) -> Event:
    """The event of a line that has just got another SIM card."""
    payload = event_payload(line) | {
        "previous_imsi": previous.imsi,
        "previous_iccid": previous.iccid,
    }
    return Event(line.line_id, "line.sim_changed", payload, command)


def payer_event(line: Line, previous: UUID, command: tuple[int, int]) -> Event:
    """The event of a line that has just come to another account."""
    payload = event_payload(line) | {"previous_account": str(previous)}
    return Event(line.line_id, "line.payer_changed", payload, command)


def line_event(name: str, line: Line, command: tuple[int, int]) -> Event:
    """An event with what a home location register needs to know."""
    return Event(line.line_id, name, event_payload(line), command)


def event_payload(line: Line) -> dict[str, str]:
    """What every event of a line carries."""
    return {
        "line": str(line.line_id),
        "account": str(line.account_id),
        "imsi": line.imsi,
        "msisdn": line.msisdn,
        "iccid": line.iccid,
        "product": line.product,
        "status": line.status_in_force,
    }
