"""Routes of the tree of customers: place, status, defaults, classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, PathParameter

from openmvno.charging import (
    CommandPlace,
    EngineClient,
    EngineUnavailable,
    last_of_each_shard,
)
from openmvno.customers import hierarchy, service, store, tree_store
from openmvno.customers.model import Customer, CustomerClass
from openmvno.customers.statuses import Cause, in_order
from openmvno.customers.tree_schemas import (
    AncestorView,
    ClassIn,
    ClassView,
    CustomerDefaultsIn,
    CustomerDefaultsView,
    MoveIn,
    MoveView,
    StatusIn,
    StatusView,
    ancestor_view,
    class_view,
    default_view,
    move_view,
    status_view,
)
from openmvno.rest import Call, Done, Page, PageRequest, page_of, requires
from openmvno.rest.call import Connection, tagged
from openmvno.subscribers import bar_below

TAGS: Final = ["Customers"]
READ: Final = [requires("customers:read")]
WRITE: Final = [requires("customers:write")]

MOST_ACCOUNTS: Final = 100
"""Of so many accounts the engine is asked; nobody reads the status of more."""


@get(
    "/customers/{customer_id:uuid}/ancestors",
    guards=READ,
    tags=TAGS,
    summary="Who is above a customer",
)
async def list_ancestors(
    call: NamedDependency[Call], customer_id: FromPath[UUID]
) -> list[AncestorView]:
    """Those above it, the nearest first. Those below it: ``GET /v1/customers?parent=``."""
    async with call.connection() as connection:
        await service.find_customer(connection, call.tenant_id, customer_id)
        line = await hierarchy.line_of_descent(connection, call.tenant_id, customer_id)
    await call.shown("customer", [each.customer_id for each in line[1:]])
    return [ancestor_view(each) for each in line[1:]]


@post(
    "/customers/{customer_id:uuid}/moves",
    guards=WRITE,
    tags=TAGS,
    summary="Move a customer with all below it",
)
async def move_customer(
    creation: NamedDependency[Call], customer_id: FromPath[UUID], data: JSONBody[MoveIn]
) -> Response[MoveView]:
    """Status and defaults come down from the new place at once: lines are barred or let go."""

    async def work(connection: Connection) -> Done:
        customer = await _to_change(connection, creation, customer_id)
        moved = await hierarchy.move(
            connection, creation.actor, customer, data.parent_id, data.reason
        )
        places = await bar_below(connection, creation.actor, customer_id)
        return Done(201, move_view(moved), commands=last_of_each_shard(places))

    return await creation.change(work)


@get(
    "/customers/{customer_id:uuid}/moves",
    guards=READ,
    tags=TAGS,
    summary="Where a customer has been",
)
async def list_moves(
    call: NamedDependency[Call], page: NamedDependency[PageRequest], customer_id: FromPath[UUID]
) -> Page[MoveView]:
    """Moves from the newest on."""
    async with call.connection() as connection:
        await service.find_customer(connection, call.tenant_id, customer_id)
        moves = await tree_store.list_moves(
            connection, call.tenant_id, customer_id, before=page.after(UUID), limit=page.rows
        )
    return page_of(moves, page, move_view, lambda move: move.move_id)


@get(
    "/customers/{customer_id:uuid}/status",
    guards=READ,
    tags=TAGS,
    summary="Status of a customer, and why",
)
async def show_status(
    call: NamedDependency[Call], customer_id: FromPath[UUID]
) -> Response[StatusView]:
    """The strongest status, be it its own, from above, or what its money makes of it, with the ETag
    of a change."""
    async with call.connection() as connection:
        customer = await service.find_customer(connection, call.tenant_id, customer_id)
        accounts = await store.accounts_of(connection, call.tenant_id, customer_id)
        causes = await hierarchy.statuses_of(connection, call.tenant_id, customer_id)
    by_money = await _by_money(call, [each.account_id for each in accounts[:MOST_ACCOUNTS]])
    told = [Cause(status, customer_id) for status in by_money or ()]
    causes = in_order([*causes, *told])
    view = status_view(
        causes, customer.marks, hierarchy.strongest(causes), with_money=by_money is not None
    )
    return Response(view, headers=tagged(customer.version))


async def _by_money(call: Call, account_ids: Sequence[UUID]) -> list[str] | None:
    """What follows from the money on the accounts, as the engine has it; None while it is away."""
    engine: EngineClient = call.request.app.state.engine
    try:
        found = [await engine.balance(call.tenant_id, each) for each in account_ids]
    except EngineUnavailable:
        return None
    return [status for live in found if live is not None for status in live["statuses"]]


@put(
    "/customers/{customer_id:uuid}/status",
    guards=WRITE,
    tags=TAGS,
    summary="Block, suspend or close a customer, and back",
)
async def set_status(
    update: NamedDependency[Call], customer_id: FromPath[UUID], data: JSONBody[StatusIn]
) -> Response[StatusView]:
    """``closed``, ``blocked``, ``suspended`` and ``provisionally_terminated`` bar every line of the
    customer and of all below it; each keeps its own status beside it and has it again when the mark
    goes. 200 once the engine charges by it."""

    async def work(connection: Connection) -> Done:
        customer = await _to_change(connection, update, customer_id)
        update.check_version(customer.version)
        places: list[CommandPlace] = []
        if sorted(set(data.marks)) != sorted(customer.marks):
            await hierarchy.set_marks(connection, update.actor, customer, data.marks, data.reason)
            places = last_of_each_shard(await bar_below(connection, update.actor, customer_id))
            customer = await service.find_customer(connection, update.tenant_id, customer_id)
        causes = await hierarchy.statuses_of(connection, update.tenant_id, customer_id)
        strongest = hierarchy.strongest(causes)
        view = status_view(causes, customer.marks, strongest, with_money=False)
        return Done(200, view, tagged(customer.version), places)

    return await update.change(work)


async def _to_change(connection: Connection, call: Call, customer_id: UUID) -> Customer:
    await tree_store.lock_tree(connection, call.tenant_id)
    return await service.find_customer(connection, call.tenant_id, customer_id, lock=True)


@get(
    "/customers/{customer_id:uuid}/defaults",
    guards=READ,
    tags=TAGS,
    summary="Defaults of a customer",
)
async def show_defaults(
    call: NamedDependency[Call], customer_id: FromPath[UUID]
) -> Response[CustomerDefaultsView]:
    """Its own come first, then its class's, then those of who is above it, and so on."""
    async with call.connection() as connection:
        customer = await service.find_customer(connection, call.tenant_id, customer_id)
        view = await _defaults(connection, call, customer)
    return Response(view, headers=tagged(customer.version))


@put(
    "/customers/{customer_id:uuid}/defaults",
    guards=WRITE,
    tags=TAGS,
    summary="Set class and own defaults of a customer",
)
async def set_defaults(
    update: NamedDependency[Call],
    customer_id: FromPath[UUID],
    data: JSONBody[CustomerDefaultsIn],
) -> Response[CustomerDefaultsView]:
    """They are handed down to all below it. Accounts that are open stay as they are."""
    values = data.defaults.given()

    async def work(connection: Connection) -> Done:
        customer = await service.find_customer(connection, update.tenant_id, customer_id, lock=True)
        update.check_version(customer.version)
        changed = await hierarchy.set_defaults(
            connection, update.actor, customer, data.class_name, values
        )
        view = await _defaults(connection, update, changed)
        return Done(200, view, tagged(changed.version))

    return await update.change(work)


async def _defaults(connection: Connection, call: Call, customer: Customer) -> CustomerDefaultsView:
    found = await hierarchy.defaults_of(connection, call.tenant_id, customer.customer_id)
    in_force = {name: default_view(default) for name, default in sorted(found.items())}
    return CustomerDefaultsView(customer.class_name, customer.defaults, in_force)


@get("/customer-classes", guards=READ, tags=TAGS, summary="List classes of customers")
async def list_classes(call: NamedDependency[Call]) -> list[ClassView]:
    """Classes by name."""
    async with call.connection() as connection:
        return [
            class_view(each) for each in await tree_store.list_classes(connection, call.tenant_id)
        ]


@get(
    "/customer-classes/{class_name:str}",
    guards=READ,
    tags=TAGS,
    summary="One class of customers",
)
async def show_class(call: NamedDependency[Call], class_name: FromPath[str]) -> Response[ClassView]:
    """A class, with the ETag that a change may name."""
    async with call.connection() as connection:
        found = await hierarchy.find_class(connection, call.tenant_id, class_name)
    return Response(class_view(found), headers=tagged(found.version))


@put(
    "/customer-classes/{class_name:str}",
    guards=WRITE,
    tags=TAGS,
    summary="Create or replace a class of customers",
    opt={"also": {201: "It is new"}},
)
async def put_class(
    update: NamedDependency[Call],
    class_name: Annotated[str, PathParameter(pattern="^[a-z][a-z0-9-]*$", max_length=64)],
    data: JSONBody[ClassIn],
) -> Response[ClassView]:
    """Customers of the class have its new defaults from now on."""
    wanted = CustomerClass(class_name, data.defaults.given(), data.note)

    async def work(connection: Connection) -> Done:
        present = await tree_store.class_by_name(
            connection, update.tenant_id, class_name, lock=True
        )
        if present is not None:
            update.check_version(present.version)
        written = await hierarchy.put_class(connection, update.actor, present, wanted)
        status = 201 if present is None else 200
        return Done(status, class_view(written), tagged(written.version))

    return await update.change(work)


@delete(
    "/customer-classes/{class_name:str}",
    guards=WRITE,
    tags=TAGS,
    summary="Remove a class of customers",
)
async def remove_class(update: NamedDependency[Call], class_name: FromPath[str]) -> None:
    """A class nobody is of."""

    async def work(connection: Connection) -> Done:
        present = await hierarchy.find_class(connection, update.tenant_id, class_name, lock=True)
        update.check_version(present.version)
        await hierarchy.remove_class(connection, update.actor, present)
        return Done(204, None)

    await update.change(work)


TREE_ROUTES: Final[list[Any]] = [
    list_ancestors,
    move_customer,
    list_moves,
    show_status,
    set_status,
    show_defaults,
    set_defaults,
    list_classes,
    show_class,
    put_class,
    remove_class,
]
