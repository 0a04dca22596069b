"""Tables ``voucher_series``, ``voucher_batch``, ``voucher``, ``voucher_redemption`` and
``voucher_lifetime``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.charging import CommandPlace, command_of, waits_for
from openmvno.database.copying import copy_rows
from openmvno.database.rows import fetch_all, fetch_one, insert_row, newest_first
from openmvno.vouchers.model import Batch, Lifetime, Redemption, Voucher

_TERMS = "kind, face_micros, currency, bucket, unit, amount, days, product"
_BATCH = f"batch_id, name, first_serial, last_serial, {_TERMS}, expires_at, created_at"

# A voucher whose redemption the engine refused is as good as before.
_STATE = (
    "CASE WHEN state = 'redeemed' AND coalesce(command.outcome ? 'error', false)"
    " THEN 'active' ELSE state END"
)
_VOUCHER = (
    "SELECT voucher.serial, voucher.batch_id, voucher.redemption_id,"
    f" {_STATE} AS state FROM voucher"
    " LEFT JOIN voucher_redemption USING (tenant_id, redemption_id)"
    f"{command_of('voucher_redemption')}"
    " WHERE voucher.tenant_id = %(tenant)s"
)
_WAS_REFUSED = (
    # A value and not EXISTS, which PostgreSQL might answer by reading every redemption there is.
    "state = 'redeemed' AND (SELECT command.outcome ? 'error' FROM voucher_redemption AS redemption"
    " JOIN engine_command AS command"
    " ON command.shard = redemption.shard AND command.seq = redemption.command_seq"
    " WHERE redemption.tenant_id = voucher.tenant_id"
    " AND redemption.redemption_id = voucher.redemption_id)"
)
_REDEMPTION = (
    "SELECT redemption_id, serial, batch_id, account_id, line_id, lifetime_days, origin,"
    f" voucher_redemption.created_at, {_TERMS}, outcome"
    f" FROM voucher_redemption JOIN voucher_batch USING (tenant_id, batch_id)"
    f"{command_of('voucher_redemption')}"
    " WHERE voucher_redemption.tenant_id = %(tenant)s"
)


async def next_serials(connection: AsyncConnection[Any], tenant_id: UUID, count: int) -> int:
    """The first of ``count`` new serial numbers."""
    cursor = await connection.execute(
        "INSERT INTO voucher_series (tenant_id, last_serial) VALUES (%(tenant)s, %(count)s)"
        " ON CONFLICT (tenant_id) DO UPDATE"
        " SET last_serial = voucher_series.last_serial + %(count)s RETURNING last_serial",
        {"tenant": tenant_id, "count": count},
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0]) - count + 1


async def last_serial(connection: AsyncConnection[Any], tenant_id: UUID) -> int:
    """The last serial number given; 0 before there is any."""
    cursor = await connection.execute(
        "SELECT last_serial FROM voucher_series WHERE tenant_id = %s", (tenant_id,)
    )
    row = await cursor.fetchone()
    return 0 if row is None else int(row[0])


async def insert_batch(connection: AsyncConnection[Any], tenant_id: UUID, batch: Batch) -> None:
    """Insert a batch without its vouchers."""
    await insert_row(connection, "voucher_batch", {"tenant_id": tenant_id, **asdict(batch)})


async def copy_vouchers(
    connection: AsyncConnection[Any], tenant_id: UUID, batch: Batch, macs: Iterable[bytes]
) -> None:
    """Load the vouchers of a batch, whose PINs have these MACs, by COPY.

    Raises:
        psycopg.errors.UniqueViolation: a PIN is in use.
    """
    tenant, group = str(tenant_id), str(batch.batch_id)
    await copy_rows(
        connection,
        "voucher",
        ("tenant_id", "serial", "batch_id", "pin_mac"),
        ((tenant, serial, group, mac) for serial, mac in enumerate(macs, batch.first_serial)),
    )


async def list_batches(
    connection: AsyncConnection[Any], tenant_id: UUID, *, before: UUID | None, limit: int
) -> list[Batch]:
    """Batches from the newest on."""
    return await fetch_all(
        connection,
        Batch,
        f"SELECT {_BATCH} FROM voucher_batch WHERE tenant_id = %(tenant)s"
        f"{newest_first('batch_id')}",
        {"tenant": tenant_id, "before": before, "limit": limit},
    )


async def batch_by_id(
    connection: AsyncConnection[Any], tenant_id: UUID, batch_id: UUID
) -> Batch | None:
    """One batch."""
    return await fetch_one(
        connection,
        Batch,
        f"SELECT {_BATCH} FROM voucher_batch WHERE tenant_id = %s AND batch_id = %s",
        (tenant_id, batch_id),
    )


async def states_between(
    connection: AsyncConnection[Any], tenant_id: UUID, first: int, last: int
) -> dict[str, int]:
    """How many vouchers of a range of serial numbers are in which state."""
    cursor = await connection.execute(
        f"SELECT {_STATE}, count(*) FROM voucher"
        " LEFT JOIN voucher_redemption USING (tenant_id, redemption_id)"
        f"{command_of('voucher_redemption')}"
        " WHERE voucher.tenant_id = %s AND voucher.serial BETWEEN %s AND %s GROUP BY 1 ORDER BY 1",
        (tenant_id, first, last),
    )
    return {state: int(count) for state, count in await cursor.fetchall()}


async def move(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    first: int,
    last: int,
    before: Sequence[str],
    after: str,
) -> list[tuple[str, int, int]]:
    """Move vouchers of a range from one of the states ``before`` to ``after``; those of a batch
    past its last day only out of use. Returns (currency, face micros, how many) of those moved."""
    cursor = await connection.execute(
        "WITH moved AS (UPDATE voucher SET state = %(after)s FROM voucher_batch AS batch"
        "  WHERE voucher.tenant_id = %(tenant)s AND serial BETWEEN %(first)s AND %(last)s"
        f"  AND (state = ANY(%(before)s) OR 'active' = ANY(%(before)s) AND {_WAS_REFUSED})"
        "  AND batch.tenant_id = voucher.tenant_id"
        "  AND batch.batch_id = voucher.batch_id"
        "  AND (%(after)s <> 'active' OR batch.expires_at > now())"
        "  RETURNING currency, face_micros)"
        " SELECT currency, face_micros, count(*) FROM moved GROUP BY 1, 2",
        {
            "tenant": tenant_id,
            "first": first,
            "last": last,
            "before": list(before),
            "after": after,
        },
    )
    return [(currency, face, int(count)) for currency, face, count in await cursor.fetchall()]


async def voucher_by_mac(
    connection: AsyncConnection[Any], tenant_id: UUID, mac: bytes
) -> Voucher | None:
    """The voucher whose PIN has this MAC, kept from changing until the transaction ends."""
    return await fetch_one(
        connection,
        Voucher,
        f"{_VOUCHER} AND pin_mac = %(mac)s FOR NO KEY UPDATE OF voucher",
        {"tenant": tenant_id, "mac": mac},
    )


async def voucher_by_serial(
    connection: AsyncConnection[Any], tenant_id: UUID, serial: int
) -> Voucher | None:
    """One voucher."""
    return await fetch_one(
        connection,
        Voucher,
        f"{_VOUCHER} AND voucher.serial = %(serial)s",
        {"tenant": tenant_id, "serial": serial},
    )


async def list_vouchers(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    *,
    first: int,
    last: int,
    limit: int,
) -> list[Voucher]:
    """Vouchers of a range by serial number."""
    return await fetch_all(
        connection,
        Voucher,
        f"{_VOUCHER} AND voucher.serial BETWEEN %(first)s AND %(last)s"
        " ORDER BY voucher.serial LIMIT %(limit)s",
        {"tenant": tenant_id, "first": first, "last": last, "limit": limit},
    )


async def redeem(
    connection: AsyncConnection[Any], tenant_id: UUID, redemption: Redemption, place: CommandPlace
) -> None:
    """Use a locked voucher; ``place`` is that of the command it becomes."""
    await insert_row(
        connection,
        "voucher_redemption",
        {
            "tenant_id": tenant_id,
            "redemption_id": redemption.redemption_id,
            "serial": redemption.serial,
            "batch_id": redemption.batch_id,
            "account_id": redemption.account_id,
            "line_id": redemption.line_id,
            "lifetime_days": redemption.lifetime_days,
            "origin": redemption.origin,
            "created_at": redemption.created_at,
            **waits_for(place),
        },
    )
    await connection.execute(
        "UPDATE voucher SET state = 'redeemed', redemption_id = %s"
        " WHERE tenant_id = %s AND serial = %s",
        (redemption.redemption_id, tenant_id, redemption.serial),
    )


async def list_redemptions(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    *,
    account_id: UUID | None,
    before: UUID | None,
    limit: int,
) -> list[Redemption]:
    """Redemptions from the newest on."""
    condition = "" if account_id is None else " AND account_id = %(account)s"
    return await fetch_all(
        connection,
        Redemption,
        f"{_REDEMPTION}{condition}{newest_first('redemption_id')}",
        {"tenant": tenant_id, "account": account_id, "before": before, "limit": limit},
    )


async def list_lifetimes(connection: AsyncConnection[Any], tenant_id: UUID) -> list[Lifetime]:
    """The tenant's table, by currency and value."""
    return await fetch_all(
        connection,
        Lifetime,
        "SELECT currency, from_micros, days FROM voucher_lifetime WHERE tenant_id = %s"
        " ORDER BY currency, from_micros",
        (tenant_id,),
    )


async def replace_lifetimes(
    connection: AsyncConnection[Any], tenant_id: UUID, lifetimes: Sequence[Lifetime]
) -> None:
    """Write the tenant's table anew."""
    await connection.execute("DELETE FROM voucher_lifetime WHERE tenant_id = %s", (tenant_id,))
    for each in lifetimes:
        await insert_row(connection, "voucher_lifetime", {"tenant_id": tenant_id, **asdict(each)})


async def lifetime_of(
    connection: AsyncConnection[Any], tenant_id: UUID, currency: str, face_micros: int
) -> int | None:
    """The days that the table gives for a value; None where it has nothing for it."""
    cursor = await connection.execute(
        "SELECT days FROM voucher_lifetime WHERE tenant_id = %s AND currency = %s"
        " AND from_micros <= %s ORDER BY from_micros DESC LIMIT 1",
        (tenant_id, currency, face_micros),
    )
    row = await cursor.fetchone()
    return None if row is None else int(row[0])


async def batches_past(
    connection: AsyncConnection[Any],
) -> list[tuple[UUID, UUID, int, int]]:
    """(tenant, batch, first and last serial) of batches past their last day, not written off."""
    cursor = await connection.execute(
        "SELECT tenant_id, batch_id, first_serial, last_serial FROM voucher_batch"
        " WHERE expires_at <= now() AND expired_at IS NULL"
        " ORDER BY expires_at FOR UPDATE SKIP LOCKED"
    )
    return await cursor.fetchall()


async def set_expired(connection: AsyncConnection[Any], tenant_id: UUID, batch_id: UUID) -> None:
    """Note that a batch has been written off."""
    await connection.execute(
        "UPDATE voucher_batch SET expired_at = now() WHERE tenant_id = %s AND batch_id = %s",
        (tenant_id, batch_id),
    )
