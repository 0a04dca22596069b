"""Table ``line_product``."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from openmvno.addons.model import Addon

_SELECT = (
    "SELECT instance_id, account_id, line_id, product, added_at, ended_at, outcome"
    " FROM line_product LEFT JOIN engine_command"
    " ON engine_command.shard = line_product.shard"
    " AND engine_command.seq = line_product.command_seq"
    " WHERE line_product.tenant_id = %(tenant)s AND line_id = %(line)s"
)


async def insert_addon(
    connection: AsyncConnection[Any], tenant_id: UUID, addon: Addon, place: tuple[int, int]
) -> None:
    """Insert an add-on; ``place`` is that of its add_product command."""
    await connection.execute(
        "INSERT INTO line_product (tenant_id, instance_id, account_id, line_id, product, added_at,"
        " shard, command_seq) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            tenant_id,
            addon.instance_id,
            addon.account_id,
            addon.line_id,
            addon.product,
            addon.added_at,
            *place,
        ),
    )


async def present_addons(
    connection: AsyncConnection[Any], tenant_id: UUID, line_id: UUID
) -> list[Addon]:
    """The add-ons a line has now, the oldest first; not those the engine refused."""
    cursor = connection.cursor(row_factory=class_row(Addon))
    await cursor.execute(
        f"{_SELECT} AND ended_at IS NULL AND NOT coalesce(outcome ? 'error', false)"
        " ORDER BY instance_id",
        {"tenant": tenant_id, "line": line_id},
    )
    return await cursor.fetchall()


async def list_addons(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    line_id: UUID,
    *,
    before: UUID | None,
    limit: int,
) -> list[Addon]:
    """All add-ons a line has or had, from the newest on."""
    cursor = connection.cursor(row_factory=class_row(Addon))
    await cursor.execute(
        f"{_SELECT} AND (%(before)s::uuid IS NULL OR instance_id < %(before)s)"
        " ORDER BY instance_id DESC LIMIT %(limit)s",
        {"tenant": tenant_id, "line": line_id, "before": before, "limit": limit},
    )
    return await cursor.fetchall()


async def end(
    connection: AsyncConnection[Any], tenant_id: UUID, line_id: UUID, instance_id: UUID | None
) -> None:
    """Note that an add-on (or, with None, every one) of a line has ended."""
    await connection.execute(
        "UPDATE line_product SET ended_at = now() WHERE tenant_id = %(tenant)s"
        " AND line_id = %(line)s AND ended_at IS NULL"
        " AND (%(instance)s::uuid IS NULL OR instance_id = %(instance)s)",
        {"tenant": tenant_id, "line": line_id, "instance": instance_id},
    )
