"""Creating and changing customers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.errors import UniqueViolation

from openmvno import audit
from openmvno.actor import Actor
from openmvno.customers import store, tree_store
from openmvno.customers.errors import (
    AccountNotFound,
    CustomerNotFound,
    ExternalIdTaken,
    ParentUnknown,
)
from openmvno.customers.model import Account, Customer, CustomerDetails
from openmvno.identifiers import new_id


async def create_customer(
    connection: AsyncConnection[Any],
    actor: Actor,
    details: CustomerDetails,
    field: str = "external_id",
    *,
    parent_id: UUID | None = None,
    role: str = "retail",
) -> Customer:
    """A new customer, below ``parent_id`` where one is given.

    Raises:
        ExternalIdTaken: naming ``field``; ParentUnknown.
    """
    if parent_id is not None:
        await tree_store.lock_tree(connection, actor.tenant_id, shared=True)
        if await store.customer_by_id(connection, actor.tenant_id, parent_id) is None:
            raise ParentUnknown(f"There is no customer {parent_id}.", field="parent_id")
    customer = await store.insert_customer(
        connection, actor.tenant_id, new_id(), details, parent_id, role
    )
    if customer is None:
        raise ExternalIdTaken(f"{details.external_id!r} is taken.", field=field)
    await audit.record(
        connection,
        actor,
        "customer.created",
        "customer",
        customer.customer_id,
        after={
            **asdict(details),
            "role": role,
            "parent": None if parent_id is None else str(parent_id),
        },
    )
    return customer


async def change_customer(
    connection: AsyncConnection[Any], actor: Actor, customer: Customer, details: CustomerDetails
) -> Customer:
    """Replace the details of a locked customer.

    Raises:
        ExternalIdTaken.
    """
    before = details_of(customer)
    if before == details:
        return customer
    try:
        changed = await store.update_customer(
            connection, actor.tenant_id, customer.customer_id, details
        )
    except UniqueViolation as error:
        raise ExternalIdTaken(f"{details.external_id!r} is taken.", field="external_id") from error
    await audit.record(
        connection,
        actor,
        "customer.changed",
        "customer",
        customer.customer_id,
        before=asdict(before),
        after=asdict(details),
    )
    return changed


def details_of(customer: Customer) -> CustomerDetails:
    """The details of a customer."""
    return CustomerDetails(
        name=customer.name,
        kind=customer.kind,
        external_id=customer.external_id,
        email=customer.email,
        phone=customer.phone,
    )


async def find_customer(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    customer_id: UUID,
    *,
    lock: bool = False,
    field: str = "customer_id",
) -> Customer:
    """A customer of the tenant; ``field``: which one of the request names it.

    Raises:
        CustomerNotFound.
    """
    customer = await store.customer_by_id(connection, tenant_id, customer_id, lock=lock)
    if customer is None:
        raise CustomerNotFound(f"There is no customer {customer_id}.", field=field)
    return customer


async def find_account(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    account_id: UUID,
    *,
    lock: bool = False,
    field: str = "account_id",
) -> Account:
    """An account of the tenant; ``lock`` keeps it from changing until the transaction ends.
    ``field``: which one of the request names it.

    Raises:
        AccountNotFound.
    """
    account = await store.account_by_id(connection, tenant_id, account_id, lock=lock)
    if account is None:
        raise AccountNotFound(f"There is no account {account_id}.", field=field)
    return account
