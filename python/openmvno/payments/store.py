"""Table ``top_up``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.charging import CommandPlace, command_of, waits_for
from openmvno.database.copying import copy_rows
from openmvno.database.rows import fetch_all, fetch_one, insert_row, newest_first
from openmvno.payments.model import TopUp

_TOP_UP = (
    "SELECT top_up_id, account_id, amount_micros, currency, reference, top_up.created_at, outcome"
    f" FROM top_up{command_of('top_up')}"
    " WHERE top_up.tenant_id = %(tenant)s AND account_id = %(account)s"
)


async def insert_top_up(
    connection: AsyncConnection[Any], tenant_id: UUID, top_up: TopUp, place: CommandPlace
) -> None:
    """Insert a top-up; ``place`` is that of its adjust_balance command."""
    await insert_row(
        connection,
        "top_up",
        {
            "tenant_id": tenant_id,
            "top_up_id": top_up.top_up_id,
            "account_id": top_up.account_id,
            "amount_micros": top_up.amount_micros,
            "currency": top_up.currency,
            "reference": top_up.reference,
            "created_at": top_up.created_at,
            **waits_for(place),
        },
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
    return await fetch_all(
        connection,
        TopUp,
        f"{_TOP_UP}{newest_first('top_up_id')}",
        {"tenant": tenant_id, "account": account_id, "before": before, "limit": limit},
    )


async def top_up_by_id(
    connection: AsyncConnection[Any], tenant_id: UUID, account_id: UUID, top_up_id: UUID
) -> TopUp | None:
    """One top-up."""
    return await fetch_one(
        connection,
        TopUp,
        f"{_TOP_UP} AND top_up_id = %(top_up)s",
        {"tenant": tenant_id, "account": account_id, "top_up": top_up_id},
    )


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
