"""Signing up thousands at once: the same rows, commands and events as one by one, by COPY."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit, customers, numbers, payments, provisioning, sims
from openmvno.actor import Actor
from openmvno.catalog import product_on_sale
from openmvno.charging import Command, CommandPlace, insert_commands, open_account, open_line
from openmvno.database.copying import copy_rows
from openmvno.identifiers import new_id
from openmvno.subscribers import store
from openmvno.subscribers.events import event_payload, line_event
from openmvno.subscribers.model import Line


@dataclass(frozen=True, slots=True)
class BulkLine:
    """One subscriber to be: number and SIM card are new and enter the inventory with them."""

    external_id: str
    name: str
    msisdn: str
    imsi: str
    iccid: str


@dataclass(frozen=True, slots=True)
class _Opened:
    wish: BulkLine
    customer_id: UUID
    top_up_id: UUID
    line: Line


async def open_lines(
    connection: AsyncConnection[Any],
    actor: Actor,
    wishes: Sequence[BulkLine],
    product_code: str,
    initial_micros: int,
) -> list[CommandPlace]:
    """Sign all of them up with ``initial_micros`` each, in the caller's transaction.

    Raises:
        ProductUnknown; psycopg.errors.UniqueViolation when an identity is taken.
    """
    product = await product_on_sale(connection, actor.tenant_id, product_code)
    now = datetime.now(UTC)
    opened = [_opened(wish, product_code, now) for wish in wishes]
    commands: list[Command] = []
    for entry in opened:
        commands += _commands(
            actor.tenant_id, entry, product.currency, product.overrun, initial_micros
        )
    places = await insert_commands(connection, commands)
    # One place for each of the three commands of a line, in the order of _commands.
    placed = list(zip(opened, places[0::3], places[1::3], places[2::3], strict=True))
    tenant_id = actor.tenant_id
    await _copy_inventory(connection, tenant_id, opened)
    await customers.copy_customers(
        connection,
        tenant_id,
        ((e.customer_id, e.wish.external_id, e.wish.name) for e in opened),
    )
    await customers.copy_accounts(
        connection,
        tenant_id,
        (
            (e.line.account_id, e.customer_id, product.currency, product.overrun, *account)
            for e, account, _, _ in placed
        ),
    )
    await store.copy_lines(
        connection, tenant_id, ((*_line_row(e.line), *place) for e, _, place, _ in placed)
    )
    await payments.copy_top_ups(
        connection,
        tenant_id,
        (
            (e.top_up_id, e.line.account_id, initial_micros, product.currency, *place)
            for e, _, _, place in placed
        ),
    )
    await provisioning.copy_events(
        connection,
        tenant_id,
        [line_event("line.activated", e.line, place) for e, _, place, _ in placed],
    )
    await copy_rows(
        connection,
        "audit_entry",
        audit.COLUMNS,
        audit.audit_rows(
            actor, "line.opened", "line", ((e.line.line_id, event_payload(e.line)) for e in opened)
        ),
    )
    return places


def _opened(wish: BulkLine, product: str, now: datetime) -> _Opened:
    line = Line(
        new_id(), new_id(), product, wish.msisdn, wish.imsi, wish.iccid, "active", 1, now, now
    )
    return _Opened(wish, new_id(), new_id(), line)


def _commands(
    tenant_id: UUID, entry: _Opened, currency: str, overrun: str, micros: int
) -> list[Command]:
    line = entry.line
    return [
        open_account(tenant_id, line.account_id, currency, 0, overrun),
        open_line(
            tenant_id,
            line.account_id,
            line.line_id,
            line.product,
            line.msisdn,
            line.imsi,
            line.status,
        ),
        payments.top_up_command(tenant_id, line.account_id, micros, entry.top_up_id),
    ]


def _line_row(line: Line) -> tuple[object, ...]:
    return (
        line.line_id,
        line.account_id,
        line.product,
        line.msisdn,
        line.imsi,
        line.iccid,
        line.status,
    )


async def _copy_inventory(
    connection: AsyncConnection[Any], tenant_id: UUID, opened: Sequence[_Opened]
) -> None:
    lines = [entry.line for entry in opened]
    await numbers.copy_assigned(
        connection, tenant_id, ((line.msisdn, line.line_id) for line in lines)
    )
    await sims.copy_in_use(
        connection, tenant_id, ((line.iccid, line.imsi, line.line_id) for line in lines)
    )
    for kind in ("msisdn", "imsi"):
        await store.copy_identities(
            connection,
            tenant_id,
            ((kind, getattr(line, kind), line.account_id, line.line_id) for line in lines),
        )
