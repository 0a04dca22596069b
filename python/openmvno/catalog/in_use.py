"""What live lines and accounts use of a catalogue, so that no version without it is published."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.charging import NOT_REFUSED, command_of


async def main_products(connection: AsyncConnection[Any], tenant_id: UUID) -> set[str]:
    """Main products of lines that are not closed."""
    return await _distinct(connection, tenant_id, "subscriber_line", "status <> 'closed'")


async def missing_addons(
    connection: AsyncConnection[Any], tenant_id: UUID, offered: set[str]
) -> set[str]:
    """Add-ons that lines have and that are not among those ``offered``.

    An add-on the engine refused is none, however the row looks.
    """
    used = await _distinct(connection, tenant_id, "line_product", "ended_at IS NULL")
    missing = set()
    for product in used - offered:
        cursor = await connection.execute(
            f"SELECT FROM line_product{command_of('line_product')}"
            " WHERE line_product.tenant_id = %s AND product = %s AND ended_at IS NULL"
            f" AND {NOT_REFUSED} LIMIT 1",
            (tenant_id, product),
        )
        if cursor.rowcount == 1:
            missing.add(product)
    return missing


async def partners(connection: AsyncConnection[Any], tenant_id: UUID) -> set[str]:
    """Partners that accounts lie under."""
    cursor = await connection.execute(
        "SELECT DISTINCT unnest(partners) FROM account WHERE tenant_id = %s AND partners <> '{}'",
        (tenant_id,),
    )
    return {row[0] for row in await cursor.fetchall()}


async def _distinct(
    connection: AsyncConnection[Any], tenant_id: UUID, table: str, condition: str
) -> set[str]:
    """The products of a table by a loose index scan: as many steps as products, not as rows."""
    cursor = await connection.execute(
        "WITH RECURSIVE used AS ("
        f" (SELECT min(product) AS product FROM {table}"
        f"  WHERE tenant_id = %(tenant)s AND {condition})"
        f" UNION ALL SELECT (SELECT min(product) FROM {table} WHERE tenant_id = %(tenant)s"
        f"  AND {condition} AND product > used.product) FROM used"
        "  WHERE used.product IS NOT NULL)"
        " SELECT product FROM used WHERE product IS NOT NULL",
        {"tenant": tenant_id},
    )
    return {row[0] for row in await cursor.fetchall()}
