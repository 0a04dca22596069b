"""Table ``payer_change``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.database.rows import fetch_all, fetch_one, insert_row, newest_first
from openmvno.payer_changes.model import PayerChange

ROW: Final = ("payer_change", "payer_change_id")
"""How :func:`openmvno.charging.step_row` finds a change."""

UNDER_WAY: Final = ("freezing", "exporting", "importing", "releasing", "returning")

_CHANGE: Final = (
    "payer_change_id, line_id, from_account_id, to_account_id, state, refusal, reason, actor,"
    " export_at, shard, command_seq, created_at, updated_at"
)


async def insert(connection: AsyncConnection[Any], tenant_id: UUID, change: PayerChange) -> None:
    """Insert a change."""
    await insert_row(connection, "payer_change", {"tenant_id": tenant_id, **asdict(change)})


async def change_by_id(
    connection: AsyncConnection[Any], tenant_id: UUID, change_id: UUID, *, lock: bool = False
) -> PayerChange | None:
    """One change; ``lock`` keeps it from going on until the transaction ends."""
    return await fetch_one(
        connection,
        PayerChange,
        f"SELECT {_CHANGE} FROM payer_change WHERE tenant_id = %s AND payer_change_id = %s"
        + (" FOR NO KEY UPDATE" if lock else ""),
        (tenant_id, change_id),
    )


async def list_changes(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    line_id: UUID,
    *,
    before: UUID | None,
    limit: int,
) -> list[PayerChange]:
    """Changes of a line from the newest on."""
    return await fetch_all(
        connection,
        PayerChange,
        f"SELECT {_CHANGE} FROM payer_change WHERE tenant_id = %(tenant)s AND line_id = %(line)s"
        f"{newest_first('payer_change_id')}",
        {"tenant": tenant_id, "line": line_id, "before": before, "limit": limit},
    )


async def image_under_way(connection: AsyncConnection[Any], change: PayerChange) -> dict[str, Any]:
    """What the line brings along, as the import has it that the change waits for."""
    cursor = await connection.execute(
        "SELECT command -> 'image' FROM engine_command WHERE shard = %s AND seq = %s",
        (change.shard, change.command_seq),
    )
    row = await cursor.fetchone()
    assert row is not None
    image: dict[str, Any] = row[0]
    return image


async def to_carry_on(connection: AsyncConnection[Any], limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant, change) of those whose command the engine has answered and nobody carried on. What
    it should never refuse is left for the check of the books to name."""
    cursor = await connection.execute(
        "SELECT change.tenant_id, payer_change_id FROM payer_change AS change"
        " JOIN engine_command AS command"
        " ON command.shard = change.shard AND command.seq = change.command_seq"
        " WHERE state IN ('freezing', 'exporting', 'importing', 'releasing', 'returning')"
        " AND command.outcome IS NOT NULL"
        " AND NOT (state IN ('exporting', 'releasing', 'returning') AND command.outcome ? 'error')"
        " ORDER BY updated_at LIMIT %s",
        (limit,),
    )
    return await cursor.fetchall()
