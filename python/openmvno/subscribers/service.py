"""Changing lines."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit, numbers, provisioning, sims
from openmvno.actor import Actor
from openmvno.catalog import product_on_sale
from openmvno.charging import CommandPlace, change_line, insert_commands
from openmvno.customers import find_account
from openmvno.subscribers import events, store
from openmvno.subscribers.errors import LineNotFound, LineProductCurrency, LineStateConflict
from openmvno.subscribers.model import Line
from openmvno.subscribers.rules import check_status_change


async def find_line(
    connection: AsyncConnection[Any], tenant_id: UUID, line_id: UUID, *, lock: bool = False
) -> Line:
    """A line of the tenant.

    Raises:
        LineNotFound.
    """
    line = await store.line_by_id(connection, tenant_id, line_id, lock=lock)
    if line is None:
        raise LineNotFound(f"There is no line {line_id}.")
    return line


async def modify_line(
    connection: AsyncConnection[Any],
    actor: Actor,
    line: Line,
    *,
    status: str | None,
    product: str | None,
) -> tuple[Line, list[CommandPlace]]:
    """Give a locked line another status, another product, or both. No change, no command.

    Raises:
        LineStateConflict, ProductUnknown, LineProductCurrency.
    """
    status = None if status == line.status else status
    product = None if product == line.product else product
    if status is None and product is None:
        return line, []
    if status is not None:
        check_status_change(line.status, status)
    if product is not None:
        await _check_product(connection, actor, line, product)
    command = change_line(
        actor.tenant_id, line.account_id, line.line_id, status=status, product=product
    )
    [place] = await insert_commands(connection, [command])
    changed = await store.update_line(
        connection,
        actor.tenant_id,
        line.line_id,
        status or line.status,
        product or line.product,
        place,
    )
    if status == "closed":
        await _give_resources_back(connection, actor.tenant_id, line)
    await _tell(connection, actor, line, changed, place)
    return changed, [place]


async def _check_product(
    connection: AsyncConnection[Any], actor: Actor, line: Line, code: str
) -> None:
    if line.status == "closed":
        raise LineStateConflict("The line is closed.", field="product")
    product = await product_on_sale(connection, actor.tenant_id, code)
    account = await find_account(connection, actor.tenant_id, line.account_id)
    if product.currency != account.currency:
        raise LineProductCurrency(
            f"{code} is sold in {product.currency}, the account is in {account.currency}.",
            field="product",
        )


async def _give_resources_back(
    connection: AsyncConnection[Any], tenant_id: UUID, line: Line
) -> None:
    await store.release_identities(connection, line)
    await numbers.release(connection, tenant_id, line.line_id)
    await sims.retire(connection, tenant_id, line.line_id)


async def _tell(
    connection: AsyncConnection[Any], actor: Actor, before: Line, after: Line, place: CommandPlace
) -> None:
    if after.status != before.status:
        await provisioning.emit(connection, actor.tenant_id, events.status_event(after, place))
    if after.product != before.product:
        await provisioning.emit(connection, actor.tenant_id, events.product_event(after, place))
    action = f"line.{after.status}" if after.status != before.status else "line.product_changed"
    await audit.record(
        connection,
        actor,
        action,
        "line",
        after.line_id,
        before={"status": before.status, "product": before.product},
        after={"status": after.status, "product": after.product},
    )
