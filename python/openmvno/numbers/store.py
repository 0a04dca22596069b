"""Table ``msisdn``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.database.copying import copy_rows
from openmvno.database.rows import fetch_all
from openmvno.numbers.errors import NumberNotAvailable, NumberNotInPool
from openmvno.numbers.model import Msisdn


async def insert_numbers(
    connection: AsyncConnection[Any], tenant_id: UUID, first: int, last: int
) -> int:
    """Add the numbers that are not in the pool yet; returns how many."""
    cursor = await connection.execute(
        "INSERT INTO msisdn (tenant_id, number, state)"
        " SELECT %s, number::text, 'available' FROM generate_series(%s::bigint, %s::bigint)"
        " AS series (number) ON CONFLICT DO NOTHING",
        (tenant_id, first, last),
    )
    return cursor.rowcount


async def take(
    connection: AsyncConnection[Any], tenant_id: UUID, number: str | None, line_id: UUID
) -> str:
    """Assign ``number``, or the first available one, to a line.

    Raises:
        NumberNotInPool, NumberNotAvailable.
    """
    cursor = await connection.execute(
        "UPDATE msisdn SET state = 'assigned', line_id = %(line)s, version = version + 1,"
        " updated_at = now() WHERE tenant_id = %(tenant)s AND number = ("
        "  SELECT number FROM msisdn WHERE tenant_id = %(tenant)s AND state = 'available'"
        "  AND (%(number)s::text IS NULL OR number = %(number)s)"
        "  ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED)"
        " RETURNING number",
        {"tenant": tenant_id, "number": number, "line": line_id},
    )
    row = await cursor.fetchone()
    if row is not None:
        return str(row[0])
    if number is None:
        raise NumberNotAvailable("No number of the pool is available.", field="msisdn")
    cursor = await connection.execute(
        "SELECT state FROM msisdn WHERE tenant_id = %s AND number = %s", (tenant_id, number)
    )
    known = await cursor.fetchone()
    if known is None:
        raise NumberNotInPool(f"{number} is not in the pool; add it first.", field="msisdn")
    state = "being taken" if known[0] == "available" else known[0]
    raise NumberNotAvailable(f"{number} is {state}.", field="msisdn")


async def release(connection: AsyncConnection[Any], tenant_id: UUID, line_id: UUID) -> None:
    """Quarantine the numbers of a closed line, so that its callers do not reach a stranger."""
    await connection.execute(
        "UPDATE msisdn SET state = 'quarantined', line_id = NULL, version = version + 1,"
        " updated_at = now() WHERE tenant_id = %s AND line_id = %s",
        (tenant_id, line_id),
    )


async def list_numbers(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    *,
    state: str | None,
    after: str | None,
    limit: int,
) -> list[Msisdn]:
    """Numbers in order."""
    return await fetch_all(
        connection,
        Msisdn,
        "SELECT number, state, line_id, version, updated_at FROM msisdn"
        " WHERE tenant_id = %(tenant)s AND (%(state)s::text IS NULL OR state = %(state)s)"
        " AND (%(after)s::text IS NULL OR number > %(after)s) ORDER BY number LIMIT %(limit)s",
        {"tenant": tenant_id, "state": state, "after": after, "limit": limit},
    )


async def copy_assigned(
    connection: AsyncConnection[Any], tenant_id: UUID, rows: Iterable[tuple[str, UUID]]
) -> None:
    """Load new numbers already assigned, as (number, line)."""
    await copy_rows(
        connection,
        "msisdn",
        ("tenant_id", "number", "state", "line_id"),
        ((tenant_id, number, "assigned", line_id) for number, line_id in rows),
    )
