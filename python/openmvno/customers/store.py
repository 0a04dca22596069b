"""Tables ``customer`` and ``account``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.charging import CommandPlace, waits_for
from openmvno.customers.model import Account, Customer, CustomerDetails
from openmvno.database.copying import copy_rows
from openmvno.database.rows import fetch_all, fetch_one, fetch_written, insert_row, newest_first

_CUSTOMER = (
    "customer_id, external_id, kind, name, email, phone, version, created_at, updated_at, role,"
    " parent_id, class_name, defaults, marks"
)
_ACCOUNT = (
    "account_id, customer_id, currency, credit_limit_micros, overrun, created_at,"
    " temporary_limit_micros, temporary_limit_until, limit_warning_micros,"
    " low_balance_micros, time_zone, partners, version"
)


async def insert_customer(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    customer_id: UUID,
    details: CustomerDetails,
    parent_id: UUID | None = None,
    role: str = "retail",
) -> Customer | None:
    """The new customer, or None when the external id is taken."""
    return await fetch_one(
        connection,
        Customer,
        "INSERT INTO customer (tenant_id, customer_id, external_id, kind, name, email, phone,"
        " parent_id, role) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
        f" ON CONFLICT (tenant_id, external_id) DO NOTHING RETURNING {_CUSTOMER}",
        (
            tenant_id,
            customer_id,
            details.external_id,
            details.kind,
            details.name,
            details.email,
            details.phone,
            parent_id,
            role,
        ),
    )


async def customer_by_id(
    connection: AsyncConnection[Any], tenant_id: UUID, customer_id: UUID, *, lock: bool = False
) -> Customer | None:
    """One customer; ``lock`` keeps it from changing until the transaction ends."""
    return await fetch_one(
        connection,
        Customer,
        f"SELECT {_CUSTOMER} FROM customer WHERE tenant_id = %s AND customer_id = %s"
        + (" FOR UPDATE" if lock else ""),
        (tenant_id, customer_id),
    )


async def update_customer(
    connection: AsyncConnection[Any], tenant_id: UUID, customer_id: UUID, details: CustomerDetails
) -> Customer:
    """Write all details; the customer must be locked."""
    return await fetch_written(
        connection,
        Customer,
        "UPDATE customer SET external_id = %s, kind = %s, name = %s, email = %s, phone = %s,"
        " version = version + 1, updated_at = now() WHERE tenant_id = %s AND customer_id = %s"
        f" RETURNING {_CUSTOMER}",
        (
            details.external_id,
            details.kind,
            details.name,
            details.email,
            details.phone,
            tenant_id,
            customer_id,
        ),
    )


async def list_customers(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    *,
    external_id: str | None,
    parent_id: UUID | None = None,
    before: UUID | None,
    limit: int,
) -> list[Customer]:
    """Customers from the newest on."""
    return await fetch_all(
        connection,
        Customer,
        f"SELECT {_CUSTOMER} FROM customer WHERE tenant_id = %(tenant)s"
        " AND (%(external_id)s::text IS NULL OR external_id = %(external_id)s)"
        " AND (%(parent)s::uuid IS NULL OR parent_id = %(parent)s)"
        f"{newest_first('customer_id')}",
        {
            "tenant": tenant_id,
            "external_id": external_id,
            "parent": parent_id,
            "before": before,
            "limit": limit,
        },
    )


async def insert_account(
    connection: AsyncConnection[Any], tenant_id: UUID, account: Account, place: CommandPlace
) -> None:
    """Insert an account without limits; ``place`` is that of its open_account command."""
    await insert_row(
        connection,
        "account",
        {
            "tenant_id": tenant_id,
            "account_id": account.account_id,
            "customer_id": account.customer_id,
            "currency": account.currency,
            "credit_limit_micros": account.credit_limit_micros,
            "overrun": account.overrun,
            "created_at": account.created_at,
            **waits_for(place),
        },
    )


async def account_by_id(
    connection: AsyncConnection[Any], tenant_id: UUID, account_id: UUID, *, lock: bool = False
) -> Account | None:
    """One account; ``lock`` keeps it from changing until the transaction ends."""
    # Not FOR UPDATE: lines may be added to it meanwhile.
    return await fetch_one(
        connection,
        Account,
        f"SELECT {_ACCOUNT} FROM account WHERE tenant_id = %s AND account_id = %s"
        + (" FOR NO KEY UPDATE" if lock else ""),
        (tenant_id, account_id),
    )


async def update_account(
    connection: AsyncConnection[Any], tenant_id: UUID, account: Account, place: CommandPlace
) -> Account:
    """Write what may change of a locked account; ``place`` is that of its change_account."""
    return await fetch_written(
        connection,
        Account,
        "UPDATE account SET credit_limit_micros = %s, temporary_limit_micros = %s,"
        " temporary_limit_until = %s, limit_warning_micros = %s, low_balance_micros = %s,"
        " time_zone = %s, partners = %s, version = version + 1, shard = %s, command_seq = %s"
        f" WHERE tenant_id = %s AND account_id = %s RETURNING {_ACCOUNT}",
        (
            account.credit_limit_micros,
            account.temporary_limit_micros,
            account.temporary_limit_until,
            account.limit_warning_micros,
            account.low_balance_micros,
            account.time_zone,
            account.partners,
            *place,
            tenant_id,
            account.account_id,
        ),
    )


async def knows_time_zone(connection: AsyncConnection[Any], name: str) -> bool:
    """Whether ``name`` is in PostgreSQL's copy of the IANA database.

    Python's own copy is the system's, and a small container has none.
    """
    cursor = await connection.execute(
        "SELECT FROM pg_timezone_names WHERE name = %s AND name !~ '^(posix|right|localtime)'",
        (name,),
    )
    return cursor.rowcount > 0


async def accounts_of(
    connection: AsyncConnection[Any], tenant_id: UUID, customer_id: UUID
) -> list[Account]:
    """The accounts of a customer."""
    return await fetch_all(
        connection,
        Account,
        f"SELECT {_ACCOUNT} FROM account WHERE tenant_id = %s AND customer_id = %s"
        " ORDER BY account_id",
        (tenant_id, customer_id),
    )


async def copy_customers(
    connection: AsyncConnection[Any], tenant_id: UUID, rows: Iterable[tuple[UUID, str, str]]
) -> None:
    """Load new persons, as (customer, external id, name)."""
    await copy_rows(
        connection,
        "customer",
        ("tenant_id", "customer_id", "external_id", "kind", "name"),
        ((tenant_id, customer_id, ext, "person", name) for customer_id, ext, name in rows),
    )


async def copy_accounts(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    rows: Iterable[tuple[UUID, UUID, str, str, int, int]],
) -> None:
    """Load new accounts, as (account, customer, currency, overrun, shard, command seq)."""
    await copy_rows(
        connection,
        "account",
        (
            "tenant_id",
            "account_id",
            "customer_id",
            "currency",
            "overrun",
            "shard",
            "command_seq",
        ),
        ((tenant_id, *row) for row in rows),
    )
