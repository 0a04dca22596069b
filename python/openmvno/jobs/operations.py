"""What a row of each kind of job does: the same as the single call, by the same services."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType
from psycopg import AsyncConnection

from openmvno import addons, customers, numbers, payments, subscribers
from openmvno.actor import Actor
from openmvno.charging import Pay
from openmvno.jobs.errors import SubjectAmbiguous
from openmvno.jobs.model import Applied
from openmvno.money import parse_positive_amount
from openmvno.numbers.schemas import NumberRange
from openmvno.payments.schemas import Amount, Currency
from openmvno.subscribers import Line
from openmvno.subscribers.schemas import LineChange, Msisdn, ProductCode, SignUp

Connection = AsyncConnection[Any]


class LineStatusRow(msgspec.Struct, forbid_unknown_fields=True):
    """The status a line is to have; the line by its id or its number."""

    status: Literal["active", "blocked", "suspended", "closed"]
    msisdn: Msisdn | UnsetType = UNSET
    line_id: UUID | UnsetType = UNSET
    by: Literal["subscriber", "staff", "fraud"] = "staff"


class LineProductRow(msgspec.Struct, forbid_unknown_fields=True):
    """An add-on of a line; the line by its id or its number."""

    product: ProductCode
    msisdn: Msisdn | UnsetType = UNSET
    line_id: UUID | UnsetType = UNSET


class ProductAdditionRow(LineProductRow, forbid_unknown_fields=True):
    """An add-on for a line; the line by its id or its number. ``pay``: who pays what it costs."""

    pay: Pay = "balance"


class TopUpRow(msgspec.Struct, forbid_unknown_fields=True):
    """Money onto an account; the account by its id or the number of a line of it."""

    amount: Amount
    currency: Currency
    msisdn: Msisdn | UnsetType = UNSET
    account_id: UUID | UnsetType = UNSET
    reference: Annotated[str, Meta(max_length=200, examples=["goodwill-2026-11"])] = ""


async def set_status(connection: Connection, actor: Actor, row: LineStatusRow) -> Applied:
    """As PATCH /v1/lines/{line_id}."""
    line = await _line(connection, actor, row.line_id, row.msisdn)
    change = LineChange(status=row.status, by=row.by)
    account = await customers.find_account(connection, actor.tenant_id, line.account_id)
    wanted = replace(line, **change.changes(account.currency))
    _, places = await subscribers.modify_line(connection, actor, line, wanted, row.by)
    return Applied(places)


async def add_product(connection: Connection, actor: Actor, row: ProductAdditionRow) -> Applied:
    """As POST /v1/lines/{line_id}/products."""
    line = await _line(connection, actor, row.line_id, row.msisdn)
    line = await subscribers.find_open_line(
        connection, actor.tenant_id, line.line_id, _naming(row.msisdn)
    )
    _, place = await addons.add(connection, actor, line, row.product, pay=row.pay)
    return Applied([place])


async def remove_product(connection: Connection, actor: Actor, row: LineProductRow) -> Applied:
    """As DELETE /v1/lines/{line_id}/products/{instance_id}, of the add-on with this code."""
    line = await _line(connection, actor, row.line_id, row.msisdn)
    line = await subscribers.find_open_line(
        connection, actor.tenant_id, line.line_id, _naming(row.msisdn)
    )
    _, place = await addons.remove_by_code(connection, actor, line, row.product)
    return Applied([place])


async def top_up(connection: Connection, actor: Actor, row: TopUpRow) -> Applied:
    """As POST /v1/accounts/{account_id}/top-ups."""
    account_id = row.account_id
    if isinstance(account_id, UnsetType) or row.msisdn is not UNSET:
        if not isinstance(account_id, UnsetType):
            raise SubjectAmbiguous(
                "Both name the account.", field="account_id", accepted="either account_id or msisdn"
            )
        account_id = (await _line(connection, actor, UNSET, row.msisdn)).account_id
    account = await customers.find_account(connection, actor.tenant_id, account_id)
    micros = payments.check_top_up(row.amount, row.currency, account.currency)
    _, place = await payments.top_up_account(connection, actor, account, micros, row.reference)
    return Applied([place])


async def sign_up(connection: Connection, actor: Actor, row: SignUp) -> Applied:
    """As POST /v1/sign-ups."""
    money = row.initial_top_up
    result = await subscribers.sign_up(
        connection,
        actor,
        row.payer(),
        row.wish(),
        None if money is None else subscribers.Money(money.amount, money.currency),
    )
    return Applied(
        result.commands,
        {
            "line_id": str(result.line.line_id),
            "top_up_id": None if result.top_up is None else str(result.top_up.top_up_id),
            "amount": None if money is None else money.amount,
            "customer_is_new": row.customer is not None,
        },
    )


async def undo_sign_up(
    connection: Connection,
    actor: Actor,
    kept: dict[str, Any],
    outcomes: Sequence[dict[str, Any] | None],
) -> None:
    """Take a sign-up back that the engine refused in part; ``outcomes``: of its commands."""
    top_up_id = kept["top_up_id"]
    await subscribers.undo_sign_up(
        connection,
        actor,
        UUID(kept["line_id"]),
        outcomes,
        top_up_id=None if top_up_id is None else UUID(top_up_id),
        topped_up=0 if kept["amount"] is None else parse_positive_amount(kept["amount"]),
        customer_is_new=kept["customer_is_new"],
    )


async def add_numbers(connection: Connection, actor: Actor, row: NumberRange) -> Applied:
    """As POST /v1/numbers."""
    await numbers.add_numbers(connection, actor, row.first, row.last or row.first)
    return Applied()


async def _line(
    connection: Connection, actor: Actor, line_id: UUID | UnsetType, msisdn: str | UnsetType
) -> Line:
    """The line a row names, kept from changing until the transaction ends.

    Raises:
        SubjectAmbiguous, LineNotFound.
    """
    if isinstance(line_id, UnsetType) == isinstance(msisdn, UnsetType):
        raise SubjectAmbiguous(
            "Neither or both of them name it.",
            field="msisdn",
            accepted="either the id or the msisdn",
        )
    if not isinstance(msisdn, UnsetType):
        found = await subscribers.line_by_identity(connection, actor.tenant_id, "msisdn", msisdn)
        if found is None:
            raise subscribers.LineNotFound(f"No live line has the number {msisdn}.", field="msisdn")
        line_id = found.line_id
    assert not isinstance(line_id, UnsetType)
    return await subscribers.find_line(
        connection, actor.tenant_id, line_id, lock=True, field=_naming(msisdn)
    )


def _naming(msisdn: str | UnsetType) -> str:
    """Which field of a row names its line."""
    return "line_id" if isinstance(msisdn, UnsetType) else "msisdn"


@dataclass(frozen=True, slots=True)
class Operation:
    """A kind of job. ``scope``: what its single call needs, and so this; ``scope_of_row``: what the
    single call of such a row needs besides, None for nothing."""

    kind: str
    summary: str
    scope: str
    row: type[msgspec.Struct]
    apply: Callable[[Connection, Actor, Any], Awaitable[Applied]]
    example: str
    scope_of_row: Callable[[Mapping[str, Any]], str | None] = lambda _: None


def _scope_of_payer(row: Mapping[str, Any]) -> str | None:
    """Who pays what else than the balance for an add-on may take payments, whatever it costs."""
    return None if row.get("pay", "balance") == "balance" else "payments:write"


OPERATIONS: Final = {
    operation.kind: operation
    for operation in (
        Operation(
            "line-statuses",
            "Block, unblock, suspend or close many lines",
            "customers:write",
            LineStatusRow,
            set_status,
            "msisdn,status\n385910000001,blocked\n",
        ),
        Operation(
            "product-additions",
            "Give many lines an add-on",
            "customers:write",
            ProductAdditionRow,
            add_product,
            "msisdn,product,pay\n385910000001,weekend-pack,balance\n",
            _scope_of_payer,
        ),
        Operation(
            "product-removals",
            "Take an add-on away from many lines",
            "customers:write",
            LineProductRow,
            remove_product,
            "msisdn,product\n385910000001,weekend-pack\n",
        ),
        Operation(
            "top-ups",
            "Top many accounts up",
            "payments:write",
            TopUpRow,
            top_up,
            "msisdn,amount,currency,reference\n385910000001,5.00,EUR,goodwill\n",
        ),
        Operation(
            "sign-ups",
            "Sign many subscribers up",
            "customers:write",
            SignUp,
            sign_up,
            "product,customer.name,initial_top_up.amount,initial_top_up.currency\n"
            "prepaid-basic,Ana Horvat,10.00,EUR\n",
        ),
        Operation(
            "numbers",
            "Add many ranges of numbers",
            "inventory:write",
            NumberRange,
            add_numbers,
            "first,last\n385910000001,385910000100\n",
        ),
    )
}
