"""Table ``wallet_top_up``."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from openmvno.wallets.model import WalletTopUp

_COLUMNS = (
    "wallet_top_up_id, account_id, line_id, bucket, unit, top_up_option, amount, days, pay,"
    " price_micros, currency, reference, {created_at}"
)


async def insert_top_up(
    connection: AsyncConnection[Any], tenant_id: UUID, top_up: WalletTopUp, place: tuple[int, int]
) -> None:
    """Insert a top-up; ``place`` is that of its top_up_wallet command."""
    columns = _COLUMNS.format(created_at="created_at")
    await connection.execute(
        f"INSERT INTO wallet_top_up (tenant_id, {columns}, shard, command_seq)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            tenant_id,
            top_up.wallet_top_up_id,
            top_up.account_id,
            top_up.line_id,
            top_up.bucket,
            top_up.unit,
            top_up.top_up_option,
            top_up.amount,
            top_up.days,
            top_up.pay,
            top_up.price_micros,
            top_up.currency,
            top_up.reference,
            top_up.created_at,
            *place,
        ),
    )


async def list_top_ups(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    line_id: UUID,
    *,
    before: UUID | None,
    limit: int,
) -> list[WalletTopUp]:
    """Wallet top-ups of a line from the newest on."""
    cursor = connection.cursor(row_factory=class_row(WalletTopUp))
    columns = _COLUMNS.format(created_at="wallet_top_up.created_at")
    await cursor.execute(
        f"SELECT {columns}, outcome FROM wallet_top_up LEFT JOIN engine_command"
        " ON engine_command.shard = wallet_top_up.shard"
        " AND engine_command.seq = wallet_top_up.command_seq"
        " WHERE wallet_top_up.tenant_id = %(tenant)s AND line_id = %(line)s"
        " AND (%(before)s::uuid IS NULL OR wallet_top_up_id < %(before)s)"
        " ORDER BY wallet_top_up_id DESC LIMIT %(limit)s",
        {"tenant": tenant_id, "line": line_id, "before": before, "limit": limit},
    )
    return await cursor.fetchall()
