"""Lines out of service for their customer's sake, and back.

A line keeps its own status beside it: unblocking the customer does not unblock a line that was
blocked by itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, LiteralString
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import customers, provisioning
from openmvno.actor import Actor
from openmvno.charging import CommandPlace, change_line, insert_commands
from openmvno.subscribers import events, store

# Everything below the customer, and whether it is barred by itself or by what is above it.
_TREE: Final[LiteralString] = """
WITH RECURSIVE tree AS (
    SELECT customer_id, %(above)s OR marks && %(barring)s AS barred FROM customer
    WHERE tenant_id = %(tenant)s AND customer_id = %(customer)s
    UNION ALL
    SELECT c.customer_id, tree.barred OR c.marks && %(barring)s
    FROM tree JOIN customer c ON c.tenant_id = %(tenant)s AND c.parent_id = tree.customer_id)
SELECT l.line_id, tree.barred FROM tree
JOIN account a ON a.tenant_id = %(tenant)s AND a.customer_id = tree.customer_id
JOIN subscriber_line l ON l.tenant_id = %(tenant)s AND l.account_id = a.account_id
WHERE l.status <> 'closed' AND l.barred <> tree.barred
"""


async def bar_below(
    connection: AsyncConnection[Any], actor: Actor, customer_id: UUID
) -> list[CommandPlace]:
    """Bring every line of the customer and of all below it to what the tree says now; the tree is
    locked. Returns the commands to wait for."""
    tenant_id = actor.tenant_id
    own, *above = await customers.line_of_descent(connection, tenant_id, customer_id)
    is_barred_above = any(set(each.marks) & set(customers.BARRING) for each in above)
    cursor = await connection.execute(
        _TREE,
        {
            "tenant": tenant_id,
            "customer": own.customer_id,
            "above": is_barred_above,
            "barring": list(customers.BARRING),
        },
    )
    barred = dict(await cursor.fetchall())
    lines = await store.lock_lines(connection, tenant_id, list(barred))
    changed = [replace(line, barred=barred[line.line_id]) for line in lines]
    # One that is on its way to another account is told when it has come there.
    told = [line for line in changed if line.status == "active" and not line.moving]
    places = await insert_commands(
        connection,
        [
            change_line(tenant_id, line.account_id, line.line_id, {"status": line.status_in_force})
            for line in told
        ],
    )
    await store.set_barred(connection, tenant_id, changed)
    await store.set_places(connection, tenant_id, [line.line_id for line in told], places)
    for line, place in zip(told, places, strict=True):
        await provisioning.emit(connection, tenant_id, events.status_event(line, place))
    return places
