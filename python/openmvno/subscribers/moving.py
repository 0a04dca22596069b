"""Lines on their way to another account: not to be changed, moved, and in service again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import addons, customers, provisioning
from openmvno.actor import Actor
from openmvno.charging import CommandPlace, change_line, insert_commands
from openmvno.subscribers import events, store
from openmvno.subscribers.model import Line


async def set_moving(
    connection: AsyncConnection[Any], tenant_id: UUID, line_id: UUID, *, moving: bool
) -> None:
    """Say whether a line is on its way to another account."""
    await store.set_moving(connection, tenant_id, line_id, moving)


async def set_payer(
    connection: AsyncConnection[Any], tenant_id: UUID, line_id: UUID, account_id: UUID
) -> None:
    """Put a line that is on its way on an account, with its identities and add-ons."""
    await store.set_payer(connection, tenant_id, line_id, account_id)
    await addons.set_payer(connection, tenant_id, line_id, account_id)


async def land(connection: AsyncConnection[Any], actor: Actor, line_id: UUID) -> Line:
    """A line has come to the account it is on: it may be changed again, and its status is what it
    was made meanwhile, or what the customer's is."""
    tenant_id = actor.tenant_id
    line = await store.line_by_id(connection, tenant_id, line_id)
    assert line is not None
    account = await customers.find_account(connection, tenant_id, line.account_id)
    # In this order, as whoever bars customers does it.
    barred = await customers.is_out_of_service(connection, tenant_id, account.customer_id)
    line = await store.line_by_id(connection, tenant_id, line_id, lock=True)
    assert line is not None
    landed = replace(line, barred=barred, moving=False)
    status = {"status": landed.status_in_force}
    command = change_line(tenant_id, landed.account_id, line_id, status)
    [place] = await insert_commands(connection, [command])
    await store.set_barred(connection, tenant_id, [landed])
    await store.set_moving(connection, tenant_id, line_id, moving=False)
    await store.set_places(connection, tenant_id, [line_id], [place])
    if line.barred != barred and line.status == "active":
        await provisioning.emit(connection, tenant_id, events.status_event(landed, place))
    return landed


async def tell_payer(
    connection: AsyncConnection[Any],
    actor: Actor,
    line: Line,
    previous: UUID,
    place: CommandPlace,
) -> None:
    """Tell other systems that a line has come to its account from ``previous``."""
    event = events.payer_event(line, previous, place)
    await provisioning.emit(connection, actor.tenant_id, event)
