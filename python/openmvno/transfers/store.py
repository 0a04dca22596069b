"""Tables ``transfer`` and ``transfer_terms``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.database.rows import fetch_all, fetch_one, fetch_written, insert_row, newest_first
from openmvno.transfers.model import Terms, Transfer

ROW: Final = ("transfer", "transfer_id")
"""How :func:`openmvno.charging.step_row` finds a transfer."""

_TRANSFER: Final = (
    "transfer_id, from_account_id, to_account_id, currency, amount_micros, fee_micros, state,"
    " refusal, reference, shard, command_seq, created_at"
)
_TERMS: Final = (
    "currency, least_micros, most_micros, daily_micros, daily_count, remaining_micros, fee_micros,"
    " fee_per_mille"
)


async def insert(connection: AsyncConnection[Any], tenant_id: UUID, transfer: Transfer) -> None:
    """Insert a transfer."""
    await insert_row(connection, "transfer", {"tenant_id": tenant_id, **asdict(transfer)})


async def transfer_by_id(
    connection: AsyncConnection[Any], tenant_id: UUID, transfer_id: UUID, *, lock: bool = False
) -> Transfer | None:
    """One transfer; ``lock`` keeps it from changing until the transaction ends."""
    return await fetch_one(
        connection,
        Transfer,
        f"SELECT {_TRANSFER} FROM transfer WHERE tenant_id = %s AND transfer_id = %s"
        + (" FOR NO KEY UPDATE" if lock else ""),
        (tenant_id, transfer_id),
    )


async def sent_today(
    connection: AsyncConnection[Any], tenant_id: UUID, account_id: UUID
) -> tuple[int, int]:
    """(micros, how many) that an account has sent in this day of the tenant, refused and returned
    ones aside. The account is locked."""
    cursor = await connection.execute(
        "SELECT coalesce(sum(amount_micros), 0)::bigint, count(*) FROM transfer"
        " JOIN tenant USING (tenant_id)"
        " WHERE tenant_id = %s AND from_account_id = %s"
        " AND transfer.state NOT IN ('refused', 'returned')"
        " AND transfer.created_at >="
        " date_trunc('day', now() AT TIME ZONE tenant.time_zone) AT TIME ZONE tenant.time_zone",
        (tenant_id, account_id),
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


async def being_debited(connection: AsyncConnection[Any], tenant_id: UUID, account_id: UUID) -> int:
    """Micros that transfers of a locked account are about to take off its balance, or just have."""
    cursor = await connection.execute(
        "SELECT coalesce(sum(amount_micros + fee_micros), 0)::bigint FROM transfer"
        " WHERE tenant_id = %s AND from_account_id = %s AND state = 'debiting'",
        (tenant_id, account_id),
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def list_transfers(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    account_id: UUID,
    *,
    before: UUID | None,
    limit: int,
) -> list[Transfer]:
    """Transfers from and to an account, from the newest on."""
    return await fetch_all(
        connection,
        Transfer,
        f"(SELECT {_TRANSFER} FROM transfer WHERE tenant_id = %(tenant)s"
        f" AND from_account_id = %(account)s{newest_first('transfer_id')}) UNION ALL"
        f" (SELECT {_TRANSFER} FROM transfer WHERE tenant_id = %(tenant)s"
        f" AND to_account_id = %(account)s{newest_first('transfer_id')})"
        " ORDER BY transfer_id DESC LIMIT %(limit)s",
        {"tenant": tenant_id, "account": account_id, "before": before, "limit": limit},
    )


async def in_transit(connection: AsyncConnection[Any], limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant, transfer) of those whose command the engine has answered and nobody carried on."""
    cursor = await connection.execute(
        "SELECT transfer.tenant_id, transfer_id FROM transfer JOIN engine_command AS command"
        " ON command.shard = transfer.shard AND command.seq = transfer.command_seq"
        " WHERE state IN ('debiting', 'crediting', 'returning') AND command.outcome IS NOT NULL"
        " AND NOT (state = 'returning' AND command.outcome ? 'error')"
        " ORDER BY updated_at LIMIT %s",
        (limit,),
    )
    return await cursor.fetchall()


async def terms_of(
    connection: AsyncConnection[Any], tenant_id: UUID, currency: str
) -> Terms | None:
    """The terms for a currency."""
    return await fetch_one(
        connection,
        Terms,
        f"SELECT {_TERMS}, version FROM transfer_terms WHERE tenant_id = %s AND currency = %s",
        (tenant_id, currency),
    )


async def list_terms(connection: AsyncConnection[Any], tenant_id: UUID) -> list[Terms]:
    """All terms of a tenant."""
    return await fetch_all(
        connection,
        Terms,
        f"SELECT {_TERMS}, version FROM transfer_terms WHERE tenant_id = %s ORDER BY currency",
        (tenant_id,),
    )


async def put_terms(connection: AsyncConnection[Any], tenant_id: UUID, terms: Terms) -> Terms:
    """Create or replace the terms for a currency."""
    return await fetch_written(
        connection,
        Terms,
        f"INSERT INTO transfer_terms (tenant_id, {_TERMS})"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (tenant_id, currency) DO UPDATE SET least_micros = excluded.least_micros,"
        " most_micros = excluded.most_micros, daily_micros = excluded.daily_micros,"
        " daily_count = excluded.daily_count, remaining_micros = excluded.remaining_micros,"
        " fee_micros = excluded.fee_micros, fee_per_mille = excluded.fee_per_mille,"
        f" version = transfer_terms.version + 1 RETURNING {_TERMS}, version",
        (
            tenant_id,
            terms.currency,
            terms.least_micros,
            terms.most_micros,
            terms.daily_micros,
            terms.daily_count,
            terms.remaining_micros,
            terms.fee_micros,
            terms.fee_per_mille,
        ),
    )
