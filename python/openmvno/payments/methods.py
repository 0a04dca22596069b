"""Tables ``payment_method`` and ``payment_customer``: what payers have saved at a provider."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit
from openmvno.actor import Actor
from openmvno.database.rows import fetch_all, fetch_one, insert_row, newest_first
from openmvno.identifiers import new_id
from openmvno.payments.errors import PaymentMethodInUse, PaymentMethodNotFound
from openmvno.payments.model import Method
from openmvno.payments.providers import MethodDetails

_COLUMNS: Final = (
    "method_id, account_id, provider, method_ref, brand, last4, expires, removed_at, created_at"
)


async def save(
    connection: AsyncConnection[Any],
    actor: Actor,
    account_id: UUID,
    provider: str,
    details: MethodDetails,
) -> Method:
    """Keep a method that the provider has saved."""
    method = Method(
        method_id=new_id(),
        account_id=account_id,
        provider=provider,
        method_ref=details.method_ref,
        brand=details.brand,
        last4=details.last4,
        expires=details.expires,
        removed_at=None,
        created_at=datetime.now(UTC),
    )
    await insert_row(
        connection,
        "payment_method",
        {
            "tenant_id": actor.tenant_id,
            "method_id": method.method_id,
            "account_id": account_id,
            "provider": provider,
            "method_ref": method.method_ref,
            "brand": method.brand,
            "last4": method.last4,
            "expires": method.expires,
            "created_at": method.created_at,
        },
    )
    await audit.record(
        connection,
        actor,
        "payment_method.saved",
        "account",
        account_id,
        after={"method": str(method.method_id), "provider": provider, "last4": method.last4},
    )
    return method


async def remove(connection: AsyncConnection[Any], actor: Actor, method: Method) -> None:
    """Do not use a method any more.

    Raises:
        PaymentMethodInUse.
    """
    cursor = await connection.execute(
        "SELECT FROM auto_top_up WHERE tenant_id = %s AND account_id = %s AND method_id = %s"
        " AND enabled",
        (actor.tenant_id, method.account_id, method.method_id),
    )
    if cursor.rowcount:
        raise PaymentMethodInUse(field="method_id")
    await connection.execute(
        "UPDATE payment_method SET removed_at = now() WHERE tenant_id = %s AND method_id = %s",
        (actor.tenant_id, method.method_id),
    )
    await audit.record(
        connection,
        actor,
        "payment_method.removed",
        "account",
        method.account_id,
        before={"method": str(method.method_id), "last4": method.last4},
    )


async def find_method(
    connection: AsyncConnection[Any], tenant_id: UUID, account_id: UUID, method_id: UUID
) -> Method:
    """A method of an account that may be used.

    Raises:
        PaymentMethodNotFound.
    """
    method = await method_by_id(connection, tenant_id, method_id)
    if method is None or method.account_id != account_id or method.removed_at is not None:
        raise PaymentMethodNotFound(
            f"The account has no payment method {method_id}.", field="method_id"
        )
    return method


async def method_by_id(
    connection: AsyncConnection[Any], tenant_id: UUID, method_id: UUID
) -> Method | None:
    """One method, removed or not."""
    return await fetch_one(
        connection,
        Method,
        f"SELECT {_COLUMNS} FROM payment_method WHERE tenant_id = %s AND method_id = %s",
        (tenant_id, method_id),
    )


async def list_methods(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    account_id: UUID,
    *,
    before: UUID | None,
    limit: int,
) -> list[Method]:
    """The methods of an account that may be used, from the newest on."""
    return await fetch_all(
        connection,
        Method,
        f"SELECT {_COLUMNS} FROM payment_method WHERE tenant_id = %(tenant)s"
        f" AND account_id = %(account)s AND removed_at IS NULL{newest_first('method_id')}",
        {"tenant": tenant_id, "account": account_id, "before": before, "limit": limit},
    )


async def customer_ref(
    connection: AsyncConnection[Any], tenant_id: UUID, account_id: UUID, provider: str
) -> str | None:
    """What a provider calls the payer of an account."""
    cursor = await connection.execute(
        "SELECT customer_ref FROM payment_customer"
        " WHERE tenant_id = %s AND account_id = %s AND provider = %s",
        (tenant_id, account_id, provider),
    )
    row = await cursor.fetchone()
    return None if row is None else str(row[0])


async def name_customer(
    connection: AsyncConnection[Any], tenant_id: UUID, account_id: UUID, provider: str, ref: str
) -> str:
    """Note what a provider calls a payer, unless that is known; returns the name that holds."""
    await connection.execute(
        "INSERT INTO payment_customer (tenant_id, account_id, provider, customer_ref)"
        " VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (tenant_id, account_id, provider, ref),
    )
    known = await customer_ref(connection, tenant_id, account_id, provider)
    assert known is not None
    return known
