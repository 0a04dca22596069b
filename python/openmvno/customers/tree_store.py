"""The tree of customers in SQL: upwards, downwards, moved, with its classes."""

from __future__ import annotations

from typing import Any, Final, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from openmvno.customers.model import CustomerClass, Move
from openmvno.database.rows import fetch_all, fetch_one, fetch_written, insert_row, newest_first

_CLASS: LiteralString = "name, defaults, note, version"
_MOVE: LiteralString = "move_id, customer_id, from_id, to_id, reason, actor, moved_at"

_ABOVE: Final[LiteralString] = """
WITH RECURSIVE above AS (
    SELECT customer_id, parent_id, 0 AS height FROM customer
    WHERE tenant_id = %(tenant)s AND customer_id = %(customer)s
    UNION ALL
    SELECT c.customer_id, c.parent_id, height + 1 FROM above
    JOIN customer c ON c.tenant_id = %(tenant)s AND c.customer_id = above.parent_id)
SELECT c.customer_id, c.name, c.marks, c.defaults, k.defaults, c.class_name
FROM above JOIN customer c ON c.tenant_id = %(tenant)s AND c.customer_id = above.customer_id
LEFT JOIN customer_class k ON k.tenant_id = c.tenant_id AND k.name = c.class_name
ORDER BY height
"""


async def lock_tree(
    connection: AsyncConnection[Any], tenant_id: UUID, *, shared: bool = False
) -> None:
    """One change of a tenant's tree at a time; ``shared``: none while this transaction lasts."""
    function: LiteralString = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    await connection.execute(
        f"SELECT {function}(hashtextextended('customer tree ' || %s, 0))", (str(tenant_id),)
    )


async def upwards(
    connection: AsyncConnection[Any], tenant_id: UUID, customer_id: UUID
) -> list[tuple[UUID, str, list[str], dict[str, Any], dict[str, Any] | None, str | None]]:
    """(customer, name, marks, own defaults, its class's defaults, class) of a customer and of all
    above it, the nearest first."""
    cursor = await connection.execute(_ABOVE, {"tenant": tenant_id, "customer": customer_id})
    return await cursor.fetchall()


async def set_parent(
    connection: AsyncConnection[Any], tenant_id: UUID, customer_id: UUID, parent_id: UUID | None
) -> None:
    """Put a customer with all below it somewhere else."""
    await connection.execute(
        "UPDATE customer SET parent_id = %s, version = version + 1, updated_at = now()"
        " WHERE tenant_id = %s AND customer_id = %s",
        (parent_id, tenant_id, customer_id),
    )


async def insert_move(connection: AsyncConnection[Any], tenant_id: UUID, move: Move) -> None:
    """Keep a move."""
    await insert_row(
        connection,
        "customer_move",
        {
            "tenant_id": tenant_id,
            "move_id": move.move_id,
            "customer_id": move.customer_id,
            "from_id": move.from_id,
            "to_id": move.to_id,
            "reason": move.reason,
            "actor": move.actor,
            "moved_at": move.moved_at,
        },
    )


async def list_moves(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    customer_id: UUID,
    *,
    before: UUID | None,
    limit: int,
) -> list[Move]:
    """Moves of a customer from the newest on."""
    return await fetch_all(
        connection,
        Move,
        f"SELECT {_MOVE} FROM customer_move WHERE tenant_id = %(tenant)s"
        f" AND customer_id = %(customer)s{newest_first('move_id')}",
        {"tenant": tenant_id, "customer": customer_id, "before": before, "limit": limit},
    )


async def set_marks(
    connection: AsyncConnection[Any], tenant_id: UUID, customer_id: UUID, marks: list[str]
) -> None:
    """Replace a customer's own statuses."""
    await connection.execute(
        "UPDATE customer SET marks = %s, version = version + 1, updated_at = now()"
        " WHERE tenant_id = %s AND customer_id = %s",
        (marks, tenant_id, customer_id),
    )


async def set_defaults(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    customer_id: UUID,
    class_name: str | None,
    defaults: dict[str, Any],
) -> None:
    """Replace a customer's class and its own defaults."""
    await connection.execute(
        "UPDATE customer SET class_name = %s, defaults = %s, version = version + 1,"
        " updated_at = now() WHERE tenant_id = %s AND customer_id = %s",
        (class_name, Jsonb(defaults), tenant_id, customer_id),
    )


async def list_classes(connection: AsyncConnection[Any], tenant_id: UUID) -> list[CustomerClass]:
    """The tenant's classes by name."""
    query: LiteralString = f"SELECT {_CLASS} FROM customer_class WHERE tenant_id = %s ORDER BY name"
    return await fetch_all(connection, CustomerClass, query, (tenant_id,))


async def class_by_name(
    connection: AsyncConnection[Any], tenant_id: UUID, name: str, *, lock: bool = False
) -> CustomerClass | None:
    """One of them."""
    query: LiteralString = (
        f"SELECT {_CLASS} FROM customer_class WHERE tenant_id = %s AND name = %s"
        + (" FOR UPDATE" if lock else "")
    )
    return await fetch_one(connection, CustomerClass, query, (tenant_id, name))


async def upsert_class(
    connection: AsyncConnection[Any], tenant_id: UUID, wanted: CustomerClass
) -> CustomerClass:
    """Insert or replace a class."""
    return await fetch_written(
        connection,
        CustomerClass,
        "INSERT INTO customer_class (tenant_id, name, defaults, note) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (tenant_id, name) DO UPDATE SET defaults = excluded.defaults,"
        " note = excluded.note, version = customer_class.version + 1, updated_at = now()"
        f" RETURNING {_CLASS}",
        (tenant_id, wanted.name, Jsonb(wanted.defaults), wanted.note),
    )


async def delete_class(connection: AsyncConnection[Any], tenant_id: UUID, name: str) -> None:
    """Delete a class nobody is of."""
    await connection.execute(
        "DELETE FROM customer_class WHERE tenant_id = %s AND name = %s", (tenant_id, name)
    )


async def class_is_used(connection: AsyncConnection[Any], tenant_id: UUID, name: str) -> bool:
    """Whether a customer is of the class."""
    cursor = await connection.execute(
        "SELECT FROM customer WHERE tenant_id = %s AND class_name = %s LIMIT 1", (tenant_id, name)
    )
    return cursor.rowcount > 0
