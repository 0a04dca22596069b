"""Table ``line_product``."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.addons.model import Addon
from openmvno.charging import NOT_REFUSED, CommandPlace, command_of, waits_for
from openmvno.database.rows import fetch_all, insert_row, newest_first

_SELECT = (
    "SELECT instance_id, account_id, line_id, product, price_micros,"
    " (SELECT account.currency FROM account WHERE account.tenant_id = line_product.tenant_id"
    "  AND account.account_id = line_product.account_id) AS currency,"
    " pay, added_at, ended_at, outcome"
    f" FROM line_product{command_of('line_product')}"
    " WHERE line_product.tenant_id = %(tenant)s AND line_id = %(line)s"
)


async def insert_addon(
    connection: AsyncConnection[Any], tenant_id: UUID, addon: Addon, place: CommandPlace
) -> None:
    """Insert an add-on; ``place`` is that of its add_product command."""
    await insert_row(
        connection,
        "line_product",
        {
            "tenant_id": tenant_id,
            "instance_id": addon.instance_id,
            "account_id": addon.account_id,
            "line_id": addon.line_id,
            "product": addon.product,
            "price_micros": addon.price_micros,
            "pay": addon.pay,
            "added_at": addon.added_at,
            **waits_for(place),
        },
    )


async def present_addons(
    connection: AsyncConnection[Any], tenant_id: UUID, line_id: UUID
) -> list[Addon]:
    """The add-ons a line has now, the oldest first; not those the engine refused."""
    return await fetch_all(
        connection,
        Addon,
        f"{_SELECT} AND ended_at IS NULL AND {NOT_REFUSED} ORDER BY instance_id",
        {"tenant": tenant_id, "line": line_id},
    )


async def list_addons(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    line_id: UUID,
    *,
    before: UUID | None,
    limit: int,
) -> list[Addon]:
    """All add-ons a line has or had, from the newest on."""
    return await fetch_all(
        connection,
        Addon,
        f"{_SELECT}{newest_first('instance_id')}",
        {"tenant": tenant_id, "line": line_id, "before": before, "limit": limit},
    )


async def set_payer(
    connection: AsyncConnection[Any], tenant_id: UUID, line_id: UUID, account_id: UUID
) -> None:
    """Write which account pays for the add-ons that a line has now."""
    await connection.execute(
        "UPDATE line_product SET account_id = %s"
        " WHERE tenant_id = %s AND line_id = %s AND ended_at IS NULL",
        (account_id, tenant_id, line_id),
    )


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
