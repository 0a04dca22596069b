"""Table ``wallet_top_up``."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.charging import CommandPlace, command_of, waits_for
from openmvno.database.rows import fetch_all, insert_row, newest_first
from openmvno.wallets.model import WalletTopUp

_COLUMNS = (
    "wallet_top_up_id, account_id, line_id, bucket, unit, top_up_option, amount, days, pay,"
    " price_micros, currency, reference, wallet_top_up.created_at, outcome"
)


async def insert_top_up(
    connection: AsyncConnection[Any], tenant_id: UUID, top_up: WalletTopUp, place: CommandPlace
) -> None:
    """Insert a top-up; ``place`` is that of its top_up_wallet command."""
    await insert_row(
        connection,
        "wallet_top_up",
        {
            "tenant_id": tenant_id,
            "wallet_top_up_id": top_up.wallet_top_up_id,
            "account_id": top_up.account_id,
            "line_id": top_up.line_id,
            "bucket": top_up.bucket,
            "unit": top_up.unit,
            "top_up_option": top_up.top_up_option,
            "amount": top_up.amount,
            "days": top_up.days,
            "pay": top_up.pay,
            "price_micros": top_up.price_micros,
            "currency": top_up.currency,
            "reference": top_up.reference,
            "created_at": top_up.created_at,
            **waits_for(place),
        },
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
    return await fetch_all(
        connection,
        WalletTopUp,
        f"SELECT {_COLUMNS} FROM wallet_top_up{command_of('wallet_top_up')}"
        " WHERE wallet_top_up.tenant_id = %(tenant)s AND line_id = %(line)s"
        f"{newest_first('wallet_top_up_id')}",
        {"tenant": tenant_id, "line": line_id, "before": before, "limit": limit},
    )
