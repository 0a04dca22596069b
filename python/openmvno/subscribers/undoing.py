"""A sign-up or a further line that the engine refused in part is undone as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit, numbers, provisioning, sims
from openmvno.actor import Actor
from openmvno.charging import (
    Command,
    CommandPlace,
    adjust_balance,
    change_line,
    insert_commands,
)
from openmvno.identifiers import new_id
from openmvno.subscribers import events, store
from openmvno.subscribers.model import Line

Outcomes = Sequence[dict[str, Any] | None]
"""What the engine answered to the commands of what is undone, in their order."""

LINE_OF_SIGN_UP: Final = 1
"""Where open_line is among the commands of a sign-up."""
LINE_ALONE: Final = 0
"""Where it is among those of a further line."""


async def undo_sign_up(
    connection: AsyncConnection[Any],
    actor: Actor,
    line_id: UUID,
    outcomes: Outcomes,
    *,
    top_up_id: UUID | None,
    topped_up: int,
    customer_is_new: bool,
) -> Sequence[CommandPlace]:
    """Make a sign-up as if it had never been, but for the audit log: what the engine did is taken
    back by commands, number and card are available, the rows are gone. Once is enough. An account
    that got more since, by somebody who did not wait for the answer, is left as it is.

    ``outcomes``: in the order of SignedUp.commands. ``topped_up``: micros of the first top-up.
    """
    line = await store.line_by_id(connection, actor.tenant_id, line_id, lock=True)
    if line is None:
        return []
    if await store.is_used_otherwise(connection, actor.tenant_id, line, top_up_id):
        return []
    came_in = 0 if _is_refused(outcomes[-1]) else topped_up
    is_open = not _is_refused(outcomes[LINE_OF_SIGN_UP])
    places = await _take_back(connection, actor, line, _spent(outcomes) - came_in, is_open=is_open)
    await store.delete_sign_up(
        connection,
        actor.tenant_id,
        line,
        top_up_id=top_up_id,
        customer_is_new=customer_is_new,
    )
    await _record(connection, actor, "sign_up.undone", line)
    return places


async def undo_line(
    connection: AsyncConnection[Any], actor: Actor, line_id: UUID, outcomes: Outcomes
) -> Sequence[CommandPlace]:
    """Make a further line as if it had never been, likewise; what was paid for its add-ons is on
    the balance again.

    ``outcomes``: in the order of what :func:`openmvno.subscribers.sign_up.add_line` returns. While
    one is not known, and so not what was paid, nothing is undone; asked again it is.
    """
    if None in outcomes:
        return []
    line = await store.line_by_id(connection, actor.tenant_id, line_id, lock=True)
    if line is None or line.moving:
        return []
    is_open = not _is_refused(outcomes[LINE_ALONE])
    places = await _take_back(connection, actor, line, _spent(outcomes), is_open=is_open)
    await store.delete_line(connection, actor.tenant_id, line_id)
    await _record(connection, actor, "line.undone", line)
    return places


def _is_refused(outcome: dict[str, Any] | None) -> bool:
    return outcome is not None and "error" in outcome


def _spent(outcomes: Outcomes) -> int:
    """Micros that the balance paid for add-ons."""
    return sum(outcome.get("paid", 0) for outcome in outcomes if outcome is not None)


async def _take_back(
    connection: AsyncConnection[Any], actor: Actor, line: Line, micros: int, *, is_open: bool
) -> Sequence[CommandPlace]:
    """Close a line that the engine opened, and move ``micros`` onto (or off) the balance; number
    and card are available again."""
    tenant_id = actor.tenant_id
    commands: list[Command] = []
    if micros:
        commands.append(adjust_balance(tenant_id, line.account_id, micros, "adjustment", new_id()))
    if is_open:
        commands.append(change_line(tenant_id, line.account_id, line.line_id, {"status": "closed"}))
    places = await insert_commands(connection, commands)
    if is_open:
        closed = replace(line, status="closed")
        await provisioning.emit(connection, tenant_id, events.status_event(closed, places[-1]))
    await store.release_identities(connection, line)
    await numbers.put_back(connection, tenant_id, line.line_id)
    await sims.put_back(connection, tenant_id, line.line_id)
    return places


async def _record(connection: AsyncConnection[Any], actor: Actor, action: str, line: Line) -> None:
    await audit.record(
        connection, actor, action, "line", line.line_id, before=events.event_payload(line)
    )
