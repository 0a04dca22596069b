"""The tree of customers: moves, statuses and defaults that come down it, classes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit
from openmvno.actor import Actor
from openmvno.customers import store, tree_store
from openmvno.customers.errors import (
    ClassInUse,
    ClassNotFound,
    ClassUnknown,
    CustomerBarred,
    MoveIntoItself,
    ParentUnknown,
)
from openmvno.customers.model import Customer, CustomerClass, Move
from openmvno.customers.statuses import OK, Cause, bars, causes_of
from openmvno.identifiers import new_id


@dataclass(frozen=True, slots=True)
class Ancestor:
    """A customer and those above it, with what they hand down."""

    customer_id: UUID
    name: str
    marks: list[str]
    defaults: dict[str, Any]
    class_defaults: dict[str, Any]
    class_name: str | None


@dataclass(frozen=True, slots=True)
class Default:
    """A default in force, and where it is said: at a customer, or in the class of one."""

    value: Any
    customer_id: UUID
    class_name: str | None


async def line_of_descent(
    connection: AsyncConnection[Any], tenant_id: UUID, customer_id: UUID
) -> list[Ancestor]:
    """The customer and those above it, the nearest first."""
    rows = await tree_store.upwards(connection, tenant_id, customer_id)
    return [Ancestor(*row[:4], row[4] or {}, row[5]) for row in rows]


async def statuses_of(
    connection: AsyncConnection[Any], tenant_id: UUID, customer_id: UUID
) -> list[Cause]:
    """Every status the customer has, the strongest first; none: it is ok."""
    own, *above = await line_of_descent(connection, tenant_id, customer_id)
    return causes_of(
        (own.customer_id, own.marks), [(each.customer_id, each.marks) for each in above]
    )


def strongest(causes: Iterable[Cause]) -> str:
    """The status that is shown."""
    return next((cause.status for cause in causes), OK)


async def is_out_of_service(
    connection: AsyncConnection[Any], tenant_id: UUID, customer_id: UUID
) -> bool:
    """Whether lines of the customer are out of service; it stays so until the transaction ends."""
    await tree_store.lock_tree(connection, tenant_id, shared=True)
    return bars(await statuses_of(connection, tenant_id, customer_id))


async def check_in_service(
    connection: AsyncConnection[Any], tenant_id: UUID, customer_id: UUID, field: str | None
) -> None:
    """Raise CustomerBarred where lines of the customer are out of service; it stays as it is until
    the transaction ends. ``field``: which one of the request leads to the customer, None
    for the caller's own."""
    await tree_store.lock_tree(connection, tenant_id, shared=True)
    causes = await statuses_of(connection, tenant_id, customer_id)
    if bars(causes):
        raise CustomerBarred(f"The customer {customer_id} is {strongest(causes)}.", field=field)


async def move(
    connection: AsyncConnection[Any],
    actor: Actor,
    customer: Customer,
    parent_id: UUID | None,
    reason: str,
) -> Move:
    """Put a locked customer with all below it below another one, or at the top.

    Raises:
        ParentUnknown, MoveIntoItself.
    """
    if parent_id is not None:
        above = await line_of_descent(connection, actor.tenant_id, parent_id)
        if not above:
            raise ParentUnknown(f"There is no customer {parent_id}.", field="parent_id")
        if any(each.customer_id == customer.customer_id for each in above):
            raise MoveIntoItself(
                f"{parent_id} is the customer itself or below it.", field="parent_id"
            )
    done = Move(
        new_id(),
        customer.customer_id,
        customer.parent_id,
        parent_id,
        reason,
        actor.name,
        datetime.now(UTC),
    )
    await tree_store.set_parent(connection, actor.tenant_id, customer.customer_id, parent_id)
    await tree_store.insert_move(connection, actor.tenant_id, done)
    await audit.record(
        connection,
        actor,
        "customer.moved",
        "customer",
        customer.customer_id,
        before={"parent": _text(customer.parent_id)},
        after={"parent": _text(parent_id), "reason": reason},
    )
    return done


async def set_marks(
    connection: AsyncConnection[Any],
    actor: Actor,
    customer: Customer,
    marks: Iterable[str],
    reason: str,
) -> None:
    """Replace the own statuses of a locked customer."""
    wanted = sorted(set(marks))
    await tree_store.set_marks(connection, actor.tenant_id, customer.customer_id, wanted)
    await audit.record(
        connection,
        actor,
        "customer.status_changed",
        "customer",
        customer.customer_id,
        before={"marks": sorted(customer.marks)},
        after={"marks": wanted, "reason": reason},
    )


async def defaults_of(
    connection: AsyncConnection[Any], tenant_id: UUID, customer_id: UUID
) -> dict[str, Default]:
    """The defaults in force for a customer: its own before its class's before those of who is
    above it, and so on up the tree."""
    found: dict[str, Default] = {}
    for each in await line_of_descent(connection, tenant_id, customer_id):
        for name, value in each.defaults.items():
            found.setdefault(name, Default(value, each.customer_id, None))
        for name, value in each.class_defaults.items():
            found.setdefault(name, Default(value, each.customer_id, each.class_name))
    return found


async def set_defaults(
    connection: AsyncConnection[Any],
    actor: Actor,
    customer: Customer,
    class_name: str | None,
    defaults: dict[str, Any],
) -> Customer:
    """Replace the class and the own defaults of a locked customer.

    Raises:
        ClassUnknown.
    """
    tenant_id = actor.tenant_id
    if class_name is not None:
        known = await tree_store.class_by_name(connection, tenant_id, class_name)
        if known is None:
            raise ClassUnknown(f"There is no class {class_name!r}.", field="class_name")
    await tree_store.set_defaults(connection, tenant_id, customer.customer_id, class_name, defaults)
    await audit.record(
        connection,
        actor,
        "customer.defaults_changed",
        "customer",
        customer.customer_id,
        before={"class": customer.class_name, "defaults": customer.defaults},
        after={"class": class_name, "defaults": defaults},
    )
    changed = await store.customer_by_id(connection, tenant_id, customer.customer_id)
    assert changed is not None
    return changed


async def find_class(
    connection: AsyncConnection[Any], tenant_id: UUID, name: str, *, lock: bool = False
) -> CustomerClass:
    """A class by its name.

    Raises:
        ClassNotFound.
    """
    found = await tree_store.class_by_name(connection, tenant_id, name, lock=lock)
    if found is None:
        raise ClassNotFound(f"There is no class {name[:60]!r}.", field="class_name")
    return found


async def put_class(
    connection: AsyncConnection[Any],
    actor: Actor,
    before: CustomerClass | None,
    wanted: CustomerClass,
) -> CustomerClass:
    """Create or replace a class."""
    written = await tree_store.upsert_class(connection, actor.tenant_id, wanted)
    await audit.record(
        connection,
        actor,
        "customer_class.created" if before is None else "customer_class.changed",
        "customer_class",
        wanted.name,
        before=None if before is None else {"defaults": before.defaults, "note": before.note},
        after={"defaults": written.defaults, "note": written.note},
    )
    return written


async def remove_class(
    connection: AsyncConnection[Any], actor: Actor, present: CustomerClass
) -> None:
    """Remove a class nobody is of.

    Raises:
        ClassInUse.
    """
    if await tree_store.class_is_used(connection, actor.tenant_id, present.name):
        raise ClassInUse(f"Customers are of the class {present.name}.", field="class_name")
    await tree_store.delete_class(connection, actor.tenant_id, present.name)
    await audit.record(
        connection,
        actor,
        "customer_class.removed",
        "customer_class",
        present.name,
        before={"defaults": present.defaults, "note": present.note},
    )


def _text(identifier: UUID | None) -> str | None:
    return None if identifier is None else str(identifier)
