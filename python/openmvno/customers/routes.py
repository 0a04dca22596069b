"""Customer and account routes."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from openmvno.customers import limits, service, store
from openmvno.customers.errors import REFUSALS
from openmvno.customers.schemas import (
    AccountChange,
    AccountView,
    CustomerChange,
    CustomerIn,
    CustomerView,
    account_view,
    customer_view,
)
from openmvno.rest import Call, Done, Page, PageRequest, opens, page_of, requires
from openmvno.rest.call import Connection, tagged
from openmvno.rest.reach import ABOVE_LINES, PARTNERS

TAGS: Final = ["Customers"]


@post(
    "/customers",
    guards=[requires("customers:write")],
    opt=opens("reach:sell", PARTNERS),
    tags=TAGS,
    summary="Record a customer",
)
async def create_customer(
    creation: NamedDependency[Call], data: JSONBody[CustomerIn]
) -> Response[CustomerView]:
    """A customer without a line yet; POST /v1/sign-ups does both in one call."""

    parent_id = data.parent_id
    if parent_id is None and creation.within is not None:
        parent_id = creation.within.customer_id

    async def work(connection: Connection) -> Done:
        customer = await service.create_customer(
            connection,
            creation.actor,
            data.details(),
            parent_id=parent_id,
            role=data.role,
        )
        headers = tagged(customer.version, f"/v1/customers/{customer.customer_id}")
        return Done(201, customer_view(customer), headers)

    return await creation.change(work)


@get(
    "/customers",
    guards=[requires("customers:read")],
    opt=opens("reach:read", ABOVE_LINES),
    tags=TAGS,
    summary="List customers",
)
async def list_customers(
    call: NamedDependency[Call],
    page: NamedDependency[PageRequest],
    external_id: Annotated[str | None, QueryParameter(description="Their name elsewhere")] = None,
    parent: Annotated[UUID | None, QueryParameter(description="Directly below this one")] = None,
) -> Page[CustomerView]:
    """Customers from the newest on; of a partner or customer those directly below it, unless
    ``parent`` names one further below."""
    if parent is None and call.within is not None:
        parent = call.within.customer_id
    async with call.reading() as connection:
        customers = await store.list_customers(
            connection,
            call.tenant_id,
            external_id=external_id,
            parent_id=parent,
            before=page.after(UUID),
            limit=page.rows,
        )
    await call.shown("customer", [customer.customer_id for customer in customers[: page.limit]])
    return page_of(customers, page, customer_view, lambda customer: customer.customer_id)


@get(
    "/customers/{customer_id:uuid}",
    guards=[requires("customers:read")],
    opt=opens("reach:read", ABOVE_LINES),
    tags=TAGS,
    summary="One customer",
)
async def show_customer(
    call: NamedDependency[Call], customer_id: FromPath[UUID]
) -> Response[CustomerView]:
    """A customer, with the ETag that a change may name."""
    async with call.reading() as connection:
        customer = await service.find_customer(connection, call.tenant_id, customer_id)
    await call.shown("customer", [customer_id])
    return Response(customer_view(customer), headers=tagged(customer.version))


@patch(
    "/customers/{customer_id:uuid}",
    guards=[requires("customers:write")],
    opt=opens("reach:sell", PARTNERS),
    tags=TAGS,
    summary="Change a customer",
)
async def change_customer(
    update: NamedDependency[Call], customer_id: FromPath[UUID], data: JSONBody[CustomerChange]
) -> Response[CustomerView]:
    """Change what is given; null clears it."""

    async def work(connection: Connection) -> Done:
        customer = await service.find_customer(connection, update.tenant_id, customer_id, lock=True)
        update.check_version(customer.version)
        given = msgspec.structs.asdict(data)
        changes = {name: value for name, value in given.items() if value is not msgspec.UNSET}
        details = replace(service.details_of(customer), **changes)
        changed = await service.change_customer(connection, update.actor, customer, details)
        return Done(200, customer_view(changed), tagged(changed.version))

    return await update.change(work)


@get(
    "/customers/{customer_id:uuid}/accounts",
    guards=[requires("customers:read")],
    opt=opens("reach:read", ABOVE_LINES),
    tags=TAGS,
    summary="Accounts of a customer",
)
async def list_accounts(
    call: NamedDependency[Call], customer_id: FromPath[UUID]
) -> list[AccountView]:
    """The payer accounts of a customer."""
    async with call.reading() as connection:
        await service.find_customer(connection, call.tenant_id, customer_id)
        accounts = await store.accounts_of(connection, call.tenant_id, customer_id)
    return [account_view(account) for account in accounts]


@get(
    "/accounts/{account_id:uuid}",
    guards=[requires("customers:read")],
    opt=opens("reach:read"),
    tags=TAGS,
    summary="One account",
)
async def show_account(
    call: NamedDependency[Call], account_id: FromPath[UUID]
) -> Response[AccountView]:
    """A payer account, with the ETag that a change may name."""
    async with call.reading() as connection:
        account = await service.find_account(connection, call.tenant_id, account_id)
    return Response(account_view(account), headers=tagged(account.version))


@patch(
    "/accounts/{account_id:uuid}",
    guards=[requires("customers:write")],
    tags=TAGS,
    summary="Change limits, warnings, time zone and partners of an account",
)
async def change_account(
    update: NamedDependency[Call], account_id: FromPath[UUID], data: JSONBody[AccountChange]
) -> Response[AccountView]:
    """Change what is given; null takes it away. 200 once the engine charges by it."""
    changes = data.changes()

    async def work(connection: Connection) -> Done:
        account = await service.find_account(connection, update.tenant_id, account_id, lock=True)
        update.check_version(account.version)
        changed, places = await limits.modify_account(
            connection, update.actor, account, replace(account, **changes)
        )
        return Done(200, account_view(changed), tagged(changed.version), places)

    return await update.change(work, refusals=REFUSALS)


CUSTOMER_ROUTES: Final[list[Any]] = [
    create_customer,
    list_customers,
    show_customer,
    change_customer,
    list_accounts,
    show_account,
    change_account,
]
