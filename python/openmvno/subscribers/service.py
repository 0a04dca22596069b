"""Changing lines."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import addons, audit, groups, numbers, provisioning, sims
from openmvno.actor import Actor
from openmvno.catalog import MAIN, offer_on_sale
from openmvno.charging import CommandPlace, change_line, insert_commands, was_refused
from openmvno.customers import find_account
from openmvno.money import format_amount
from openmvno.subscribers import events, store
from openmvno.subscribers.errors import (
    OPEN_LINE,
    LineMoving,
    LineNotFound,
    LineProductCurrency,
    LineStateConflict,
)
from openmvno.subscribers.model import Line
from openmvno.subscribers.rules import (
    BLOCKERS,
    blocker,
    check_status_change,
    check_unblocking,
)


async def find_line(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    line_id: UUID,
    *,
    lock: bool = False,
    field: str = "line_id",
) -> Line:
    """A line of the tenant; ``field``: which one of the request names it.

    Raises:
        LineNotFound; LineMoving: it is to be locked, and on its way to another account.
    """
    line = await store.line_by_id(connection, tenant_id, line_id, lock=lock)
    if line is None:
        raise LineNotFound(f"There is no line {line_id}.", field=field)
    if lock and line.moving:
        raise LineMoving("The line is on its way to another account.", field=field)
    return line


async def find_open_line(
    connection: AsyncConnection[Any], tenant_id: UUID, line_id: UUID, field: str = "line_id"
) -> Line:
    """A line of the tenant that is not closed, kept from changing until the transaction ends;
    ``field``: which one of the request names it.

    Raises:
        LineNotFound, LineStateConflict, LineMoving.
    """
    line = await find_line(connection, tenant_id, line_id, lock=True, field=field)
    if line.status == "closed":
        raise LineStateConflict("The line is closed.", field=field, accepted=OPEN_LINE)
    return line


async def modify_line(
    connection: AsyncConnection[Any],
    actor: Actor,
    line: Line,
    wanted: Line,
    by: str = "staff",
    reason: str = "",
) -> tuple[Line, list[CommandPlace]]:
    """Make a locked line what is ``wanted`` of it. No change, no command. ``by``: who wants it, of
    :data:`openmvno.subscribers.rules.BLOCKERS`; ``reason``: what people say of it.

    After a change that the engine refused it is told everything anew, whatever differs now.

    Raises:
        LineStateConflict, LineBlockedByOther, LineProductCurrency, and for another product those of
        the catalogue and what :func:`openmvno.addons.check_main_product` raises.
    """
    is_blocked = wanted.status == "blocked"
    wanted = replace(wanted, blocked_by=blocker(line.blocked_by, by) if is_blocked else None)
    before, after = engine_terms(line), engine_terms(wanted)
    changes = {name: value for name, value in after.items() if value != before[name]}
    if is_blocked and wanted.blocked_by != line.blocked_by:
        changes["status"] = "blocked"  # for the engine no news, but for who may end it
    of_line = ("subscriber_line", "line_id", line.line_id)
    is_unsettled = await was_refused(connection, actor.tenant_id, *of_line)
    if not changes and not is_unsettled and line.status == wanted.status:
        return line, []
    if line.status != wanted.status:
        check_status_change(line.status, wanted.status)
        check_unblocking(line.blocked_by, by)
    elif changes and line.status == "closed":
        raise LineStateConflict(
            "The line is closed.", field=next(iter(changes)), accepted=OPEN_LINE
        )
    if "product" in changes:
        await _check_product(connection, actor, line, wanted.product)
    told = changes or {"status": after["status"]}
    if is_unsettled:
        told = {
            **after,
            "msisdn": line.msisdn,
            "imsi": line.imsi,
            "further_imsis": list(line.further_imsis),
        }
    command = change_line(actor.tenant_id, line.account_id, line.line_id, told)
    [place] = await insert_commands(connection, [command])
    changed = await store.update_line(connection, actor.tenant_id, wanted, place)
    if wanted.status == "closed":
        await _give_resources_back(connection, actor.tenant_id, line)
    await _tell(connection, actor, line, changed, place, reason)
    return changed, [place]


async def close_line(
    connection: AsyncConnection[Any], actor: Actor, line: Line
) -> list[CommandPlace]:
    """Close a locked line for good, whoever has blocked it; one that is closed stays so."""
    if line.status == "closed":
        return []
    closed = replace(line, status="closed")
    _, places = await modify_line(connection, actor, line, closed, BLOCKERS[-1])
    return places


def engine_terms(line: Line) -> dict[str, Any]:
    """What change_line may say of a line, in the engine's words."""
    cap = None
    if line.spending_cap_micros is not None:
        cap = {"amount": line.spending_cap_micros, "renew": line.spending_cap_renew}
    return {
        "status": line.status_in_force,
        "product": line.product,
        "spending_cap": cap,
        "own_balance": line.own_balance,
        "toll_free_barred": line.toll_free_barred,
        "zero_rated_allowed": line.zero_rated_allowed,
    }


async def _check_product(
    connection: AsyncConnection[Any], actor: Actor, line: Line, code: str
) -> None:
    offer = await offer_on_sale(connection, actor.tenant_id)
    product = offer.product(code, MAIN)
    account = await find_account(connection, actor.tenant_id, line.account_id)
    if product.currency != account.currency:
        raise LineProductCurrency(
            f"{code} is sold in {product.currency}, the account is in {account.currency}.",
            field="product",
            accepted=f"a product sold in {account.currency}",
        )
    await addons.check_main_product(connection, actor.tenant_id, offer, line.line_id, code)


async def _give_resources_back(
    connection: AsyncConnection[Any], tenant_id: UUID, line: Line
) -> None:
    await store.release_identities(connection, line)
    await numbers.release(connection, tenant_id, line.line_id)
    await sims.retire(connection, tenant_id, line.line_id)
    await addons.end_all(connection, tenant_id, line.line_id)
    await groups.leave_all(connection, tenant_id, line.line_id)


async def _tell(
    connection: AsyncConnection[Any],
    actor: Actor,
    before: Line,
    after: Line,
    place: CommandPlace,
    reason: str,
) -> None:
    if after.status != before.status:
        await provisioning.emit(connection, actor.tenant_id, events.status_event(after, place))
    if after.product != before.product:
        await provisioning.emit(connection, actor.tenant_id, events.product_event(after, place))
    await audit.record(
        connection,
        actor,
        _action(before, after),
        "line",
        after.line_id,
        before=_audited(before) | {"blocked_by": before.blocked_by},
        after=_audited(after)
        | {"blocked_by": after.blocked_by}
        | ({"reason": reason} if reason else {}),
    )


def _audited(line: Line) -> dict[str, Any]:
    """What people read in the audit log: a decimal amount instead of micros."""
    terms = engine_terms(line)
    if line.spending_cap_micros is not None and line.spending_cap_currency is not None:
        amount = format_amount(line.spending_cap_micros, line.spending_cap_currency)
        terms["spending_cap"] = {"amount": amount, "renew": line.spending_cap_renew}
    return terms


def _action(before: Line, after: Line) -> str:
    if after.status != before.status:
        return f"line.{after.status}"
    return "line.product_changed" if after.product != before.product else "line.limits_changed"
