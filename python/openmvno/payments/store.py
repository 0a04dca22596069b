"""Table ``top_up``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from openmvno.database.copying import copy_rows
from openmvno.payments.model import TopUp

_TOP_UP = "top_up_id, account_id, amount_micros, currency, reference, top_up.created_at, outcome"


async def insert_top_up(
    connection: AsyncConnection[Any], tenant_id: UUID, top_up: TopUp, place: tuple[int, int]
) -> None:
    """Insert a top-up; ``place`` is that of its adjust_balance command."""
    await connection.execute(
        "INSERT INTO top_up (tenant_id, top_up_id, account_id, amount_micros, currency, reference,"
        " created_at, shard, command_seq) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            tenant_id,
            top_up.top_up_id,
            top_up.account_id,
            top_up.amount_micros,
            top_up.currency,
            top_up.reference,
            top_up.created_at,
            *place,
        ),
    )


async def list_top_ups(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    account_id: UUID,
    *,
    before: UUID | None,
    limit: int,
) -> list[TopUp]:
    """Top-ups of an account from the newest on."""
    cursor = connection.cursor(row_factory=class_row(TopUp))
    await cursor.execute(
        f"SELECT {_TOP_UP} FROM top_up LEFT JOIN engine_command"
        " ON engine_command.shard = top_up.shard AND engine_command.seq = top_up.command_seq"
        " WHERE top_up.tenant_id = %(tenant)s AND account_id = %(account)s"
        " AND (%(before)s::uuid IS NULL OR top_up_id < %(before)s)"
        " ORDER BY top_up_id DESC LIMIT %(limit)s",
        {"tenant": tenant_id, "account": account_id, "before": before, "limit": limit},
    )
    return await cursor.fetchall()


async def top_up_by_id(
    connection: AsyncConnection[Any], tenant_id: UUID, account_id: UUID, top_up_id: UUID
) -> TopUp | None:
    """One top-up."""
    cursor = connection.cursor(row_factory=class_row(TopUp))
    await cursor.execute(
        f"SELECT {_TOP_UP} FROM top_up LEFT JOIN engine_command"
        " ON engine_command.shard = top_up.shard AND engine_command.seq = top_up.command_seq"
        " WHERE top_up.tenant_id = %s AND account_id = %s AND top_up_id = %s",
        (tenant_id, account_id, top_up_id),
    )
    return await cursor.fetchone()


async def copy_top_ups(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    rows: Iterable[tuple[UUID, UUID, int, str, int, int]],
) -> None:
    """Load new ones, as (top-up, account, micros, currency, shard, command seq)."""
    await copy_rows(
        connection,
        "top_up",
        (
            "tenant_id",
            "top_up_id",
            "account_id",
            "amount_micros",
            "currency",
            "shard",
            "command_seq",
        ),
        ((tenant_id, *row) for row in rows),
    )
