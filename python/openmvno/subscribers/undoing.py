"""A sign-up that the engine refused in part is undone as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
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


async def undo_sign_up(
    connection: AsyncConnection[Any],
    actor: Actor,
    line_id: UUID,
    *,
    line_refused: bool,
    top_up_id: UUID | None,
    money_to_take_back: int,
    customer_is_new: bool,
) -> Sequence[CommandPlace]:
    """Make a sign-up as if it had never been, but for the audit log: what the engine did is taken
    back by commands, number and card are available, the rows are gone. Once is enough. An account
    that got more since, by somebody who did not wait for the answer, is left as it is.

    ``line_refused``: the engine never opened the line. ``money_to_take_back``: micros.
    """
    line = await store.line_by_id(connection, actor.tenant_id, line_id, lock=True)
    if line is None:
        return []
    if await store.is_used_otherwise(connection, actor.tenant_id, line, top_up_id):
        return []
    places = await insert_commands(
        connection, _commands(actor.tenant_id, line, line_refused, money_to_take_back)
    )
    if not line_refused:
        closed = replace(line, status="closed")
        await provisioning.emit(
            connection, actor.tenant_id, events.status_event(closed, places[-1])
        )
    await store.release_identities(connection, line)
    await numbers.put_back(connection, actor.tenant_id, line_id)
    await sims.put_back(connection, actor.tenant_id, line_id)
    await store.delete_sign_up(
        connection,
        actor.tenant_id,
        line,
        top_up_id=top_up_id,
        customer_is_new=customer_is_new,
    )
    await audit.record(
        connection, actor, "sign_up.undone", "line", line_id, before=events.event_payload(line)
    )
    return places


def _commands(tenant_id: UUID, line: Line, line_refused: bool, micros: int) -> list[Command]:
    commands = []
    if micros:
        commands.append(adjust_balance(tenant_id, line.account_id, -micros, "adjustment", new_id()))
    if not line_refused:
        commands.append(change_line(tenant_id, line.account_id, line.line_id, {"status": "closed"}))
    return commands
