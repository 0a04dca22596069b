"""The steps of a port, ours and those the clearing house tells us of.

What we have to say goes out by the outbox as an event ``port.…``, in order per port, signed and
tried until it has arrived; so the clearing house is a provisioning target like others.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit, numbers, provisioning, subscribers
from openmvno.actor import Actor
from openmvno.audit import AuditEntry, EntryFilter
from openmvno.charging import CommandPlace
from openmvno.errors import DomainError, one_of
from openmvno.identifiers import is_msisdn, new_id
from openmvno.porting import store
from openmvno.porting.errors import (
    ClearingHouseMissing,
    NumberIsOurs,
    PortNotFound,
    PortStateConflict,
)
from openmvno.porting.model import Message, Port
from openmvno.porting.rules import ANSWER_WITHIN, OPEN, check_time, state_after
from openmvno.provisioning import CLEARING_HOUSE, Delivery, Event

MOST_STEPS: Final = 500
"""Of a port, which takes a handful."""


async def request_port_in(
    connection: AsyncConnection[Any],
    actor: Actor,
    number: str,
    donor: str,
    line_id: UUID | None,
    scheduled_at: datetime | None,
) -> Port:
    """Ask for a number of another operator, for a line that has another number until then, or for a
    sign-up to come.

    Raises:
        MsisdnInvalid, NumberIsOurs, PortUnderWay, ClearingHouseMissing, PortTimeInvalid,
        LineNotFound, LineStateConflict.
    """
    if not is_msisdn(number):
        raise numbers.MsisdnInvalid(
            f"{number[:20]!r} is not an international number.", field="msisdn"
        )
    check_time(scheduled_at, datetime.now(UTC))
    if not await provisioning.has_target(connection, actor.tenant_id, CLEARING_HOUSE):
        raise ClearingHouseMissing(field=None)
    if await _is_ours(connection, actor.tenant_id, number):
        raise NumberIsOurs(f"{number} is in the pool.", field="msisdn")
    if line_id is not None:
        await subscribers.find_open_line(connection, actor.tenant_id, line_id)
    port_id = new_id()
    port = await store.insert(
        connection,
        actor.tenant_id,
        port_id=port_id,
        direction="in",
        reference=str(port_id),
        number=number,
        other=donor,
        line_id=line_id,
        state="requested",
        scheduled_at=scheduled_at,
        deadline_at=datetime.now(UTC) + ANSWER_WITHIN,
    )
    await _say(connection, actor, "requested", port)
    await _record(connection, actor, None, port)
    return port


async def _is_ours(connection: AsyncConnection[Any], tenant_id: UUID, number: str) -> bool:
    known = await numbers.find(connection, tenant_id, number)
    return known is not None and known.state != "ported_out"


async def find_port(
    connection: AsyncConnection[Any], tenant_id: UUID, port_id: UUID, *, lock: bool = False
) -> Port:
    """A port of the tenant.

    Raises:
        PortNotFound.
    """
    port = await store.find(connection, tenant_id, port_id, lock=lock)
    if port is None:
        raise PortNotFound(f"There is no port {port_id}.", field="port_id")
    return port


async def history_of(
    connection: AsyncConnection[Any], port: Port, tenant_id: UUID
) -> tuple[list[AuditEntry], list[Delivery]]:
    """(the steps of a port, what was told about it), the newest first."""
    steps = await audit.list_entries(
        connection,
        tenant_id,
        EntryFilter(kind="change", subject_type="port", subject_id=str(port.port_id)),
        before=None,
        limit=MOST_STEPS,
    )
    notices = await provisioning.list_deliveries(
        connection, tenant_id, state=None, subject_id=port.port_id, after=None, limit=MOST_STEPS
    )
    return steps, notices


async def cancel(connection: AsyncConnection[Any], actor: Actor, port: Port, reason: str) -> Port:
    """Give up a locked port to us that has not been done yet.

    Raises:
        PortStateConflict.
    """
    if port.direction != "in" or port.state not in OPEN:
        raise PortStateConflict(
            f"A port {port.direction} that is {port.state} stays so.",
            field="port_id",
            accepted=f"a port in that is {one_of(sorted(OPEN))}",
        )
    changed = await _to(connection, actor, port, "cancelled", reason=reason)
    await _say(connection, actor, "cancelled", changed)
    return changed


async def hear(connection: AsyncConnection[Any], actor: Actor, message: Message) -> Port:
    """Take a message of the clearing house; the same one again changes nothing.

    Raises:
        PortNotFound, PortStateConflict, PortUnderWay, MsisdnInvalid.
    """
    port = await store.find_by_reference(connection, actor.tenant_id, message.reference)
    if port is None and message.kind == "requested":
        return await _port_out_requested(connection, actor, message)
    if port is None or port.number != message.number:
        raise PortNotFound(
            f"There is no port {message.reference[:60]} of {message.number[:20]}.",
            field="reference",
        )
    wanted = state_after(port, message)
    if wanted == port.state:
        return port
    if wanted == "returned":
        await numbers.come_home(connection, actor.tenant_id, port.number)
    return await _to(
        connection,
        actor,
        port,
        wanted,
        reason=message.reason,
        scheduled_at=message.scheduled_at or port.scheduled_at,
    )


async def _port_out_requested(
    connection: AsyncConnection[Any], actor: Actor, message: Message
) -> Port:
    """Another operator asks for a number of ours: accepted at once, or rejected with the reason."""
    if not is_msisdn(message.number):
        raise numbers.MsisdnInvalid(
            f"{message.number[:20]!r} is not an international number.", field="msisdn"
        )
    line_id, reason = await _may_go(connection, actor.tenant_id, message.number)
    now = datetime.now(UTC)
    scheduled_at = message.scheduled_at or now
    port = await store.insert(
        connection,
        actor.tenant_id,
        port_id=new_id(),
        direction="out",
        reference=message.reference,
        number=message.number,
        other=message.other,
        line_id=line_id,
        state="scheduled" if reason is None else "rejected",
        scheduled_at=scheduled_at,
        deadline_at=scheduled_at if reason is None else None,
        reason=reason,
    )
    await _say(connection, actor, "accepted" if reason is None else "rejected", port)
    await _record(connection, actor, None, port)
    return port


async def _may_go(
    connection: AsyncConnection[Any], tenant_id: UUID, number: str
) -> tuple[UUID | None, str | None]:
    """(the line that has a number, why the number may not go)."""
    known = await numbers.find(connection, tenant_id, number)
    if known is None or known.state != "assigned" or known.line_id is None:
        return None, "number_not_assigned"
    line = await subscribers.find_line(connection, tenant_id, known.line_id, lock=True)
    if line.blocked_by == "fraud":
        return line.line_id, "line_blocked"
    try:
        await subscribers.check_cooling(connection, tenant_id, line)
    except DomainError as error:
        return line.line_id, error.code
    return line.line_id, None


async def activate(
    connection: AsyncConnection[Any], actor: Actor, port: Port
) -> list[CommandPlace]:
    """The time of a locked, scheduled port has come: the number changes hands.

    Raises:
        IdentityInUse: in this installation the donor has it still; nothing has changed.
    """
    commands = (
        await _take_over(connection, actor, port)
        if port.direction == "in"
        else await _hand_over(connection, actor, port)
    )
    changed = await _to(connection, actor, port, "activated")
    await _say(connection, actor, "activated", changed)
    return commands


async def _take_over(
    connection: AsyncConnection[Any], actor: Actor, port: Port
) -> list[CommandPlace]:
    await numbers.port_in(connection, actor.tenant_id, port.number, port.other)
    if port.line_id is None:
        return []
    line = await subscribers.find_line(connection, actor.tenant_id, port.line_id, lock=True)
    if line.status == "closed":
        return []
    _, places = await subscribers.change_number(connection, actor, line, port.number)
    return places


async def _hand_over(
    connection: AsyncConnection[Any], actor: Actor, port: Port
) -> list[CommandPlace]:
    """The line is closed, its SIM card disposed of, the number is the other operator's."""
    places: list[CommandPlace] = []
    # Whoever has the number now: a line that changed it since the port was agreed to stays.
    holder = await subscribers.line_by_identity(connection, actor.tenant_id, "msisdn", port.number)
    if holder is not None:
        line = await subscribers.find_line(connection, actor.tenant_id, holder.line_id, lock=True)
        places = await subscribers.close_line(connection, actor, line)
    await numbers.port_out(connection, actor.tenant_id, port.number, port.other)
    return places


async def expire(connection: AsyncConnection[Any], actor: Actor, port: Port) -> None:
    """Nobody answered a locked port in time."""
    changed = await _to(connection, actor, port, "rejected", reason="no_answer_in_time")
    await _say(connection, actor, "cancelled", changed)


async def give_back(connection: AsyncConnection[Any], actor: Actor, port: Port) -> None:
    """The line of a locked port to us is closed: its number goes back to where it came from."""
    changed = await _to(connection, actor, port, "returned")
    await _say(connection, actor, "returned", changed)


async def _to(
    connection: AsyncConnection[Any], actor: Actor, port: Port, state: str, **changes: object
) -> Port:
    moment = changes.get("scheduled_at", port.scheduled_at)
    deadline = {
        "validated": datetime.now(UTC) + ANSWER_WITHIN,
        "scheduled": moment,
    }.get(state)
    changed = await store.update(
        connection,
        actor.tenant_id,
        port.port_id,
        {**changes, "state": state, "deadline_at": deadline},
    )
    await _record(connection, actor, port, changed)
    return changed


async def _say(connection: AsyncConnection[Any], actor: Actor, what: str, port: Port) -> None:
    payload = {
        "port": str(port.port_id),
        "reference": port.reference,
        "direction": port.direction,
        "msisdn": port.number,
        "other": port.other,
        "scheduled_at": None if port.scheduled_at is None else port.scheduled_at.isoformat(),
        "reason": port.reason,
    }
    await provisioning.emit(
        connection, actor.tenant_id, Event(port.port_id, f"port.{what}", payload, None)
    )


async def _record(
    connection: AsyncConnection[Any], actor: Actor, before: Port | None, after: Port
) -> None:
    await audit.record(
        connection,
        actor,
        f"port.{after.state}",
        "port",
        after.port_id,
        before=None if before is None else {"state": before.state},
        after={
            "state": after.state,
            "direction": after.direction,
            "msisdn": after.number,
            "other": after.other,
            "reason": after.reason,
        },
    )
