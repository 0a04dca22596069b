"""Sign-up: customer, account, line, product, number, SIM card and first money, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import addons, audit, numbers, payments, provisioning, sims
from openmvno.actor import Actor
from openmvno.addons import Addon
from openmvno.catalog import Product, product_on_sale
from openmvno.charging import Command, CommandPlace, insert_commands, open_account, open_line
from openmvno.customers import (
    Account,
    Customer,
    CustomerDetails,
    apply_defaults,
    check_in_service,
    create_customer,
    find_account,
    find_customer,
    insert_account,
)
from openmvno.identifiers import new_id
from openmvno.payments import TopUp
from openmvno.subscribers import events, store
from openmvno.subscribers.errors import IdentityInUse, LineProductCurrency
from openmvno.subscribers.model import Line


@dataclass(frozen=True, slots=True)
class LineWish:
    """The line asked for; the first free number or SIM card is taken where none is named.

    ``addons``: product codes, added in this order. ``number_class`` and ``reservation_id``: which
    number is the first free one.
    """

    product: str
    msisdn: str | None = None
    iccid: str | None = None
    status: str = "active"
    addons: Sequence[str] = ()
    number_class: str = "standard"
    reservation_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Money:
    """An amount as the client wrote it."""

    amount: str
    currency: str


@dataclass(frozen=True, slots=True)
class SignedUp:
    """What a sign-up made, and the engine commands it waits for."""

    customer: Customer
    account: Account
    line: Line
    addons: list[Addon]
    top_up: TopUp | None
    commands: list[CommandPlace]


async def sign_up(
    connection: AsyncConnection[Any],
    actor: Actor,
    customer: CustomerDetails | UUID,
    wish: LineWish,
    initial_top_up: Money | None,
    parent_id: UUID | None = None,
) -> SignedUp:
    """Everything a new subscriber needs, in the caller's transaction; a new customer is below
    ``parent_id``.

    Raises:
        the errors of catalogue, customers, numbers, SIM cards, add-ons and payments; IdentityInUse.
    """
    product = await product_on_sale(connection, actor.tenant_id, wish.product)
    if isinstance(customer, UUID):
        payer = await find_customer(connection, actor.tenant_id, customer, field="customer_id")
        await check_in_service(connection, actor.tenant_id, customer, "customer_id")
    else:
        payer = await create_customer(
            connection, actor, customer, "customer.external_id", parent_id=parent_id
        )
        if parent_id is not None:  # it comes into the world as barred as those above it
            await check_in_service(connection, actor.tenant_id, payer.customer_id, None)
    account = Account(
        new_id(), payer.customer_id, product.currency, 0, product.overrun, datetime.now(UTC)
    )
    top_up = _first_top_up(account, initial_top_up)
    line = await _new_line(connection, actor, account, product, wish)
    commands = [_open_account(actor, account), _open_line(actor, line)]
    if top_up is not None:
        commands.append(
            payments.top_up_command(
                actor.tenant_id, account.account_id, top_up.amount_micros, top_up.top_up_id
            )
        )
    places = await insert_commands(connection, commands)
    # From here on other sign-ups of the shard wait for this transaction: all that is left to be
    # written goes out at once.
    async with connection.pipeline():
        await insert_account(connection, actor.tenant_id, account, places[0])
        await _record_account(connection, actor, account)
        await _keep_line(connection, actor, line, places[1])
        if top_up is not None:
            await payments.record_top_up(connection, actor, top_up, places[2])
    account, default_places = await apply_defaults(connection, actor, payer, account)
    added, addon_places = await _add_addons(connection, actor, line, wish)
    # Add-ons are paid from the first top-up, whose command is before theirs. Its place stays the
    # last one here: its outcome has the balance.
    waiting = [*places[:2], *default_places, *addon_places, *places[2:]]
    return SignedUp(payer, account, line, added, top_up, waiting)


async def add_line(
    connection: AsyncConnection[Any], actor: Actor, account_id: UUID, wish: LineWish
) -> tuple[Line, list[Addon], list[CommandPlace]]:
    """A further line on an account, with its add-ons; the commands in the order of ``open_line``,
    then the add-ons'.

    Raises:
        AccountNotFound, ProductUnknown, LineProductCurrency, the errors of numbers, SIM cards and
        add-ons.
    """
    product = await product_on_sale(connection, actor.tenant_id, wish.product)
    account = await find_account(connection, actor.tenant_id, account_id)
    await check_in_service(connection, actor.tenant_id, account.customer_id, "account_id")
    if product.currency != account.currency:
        raise LineProductCurrency(
            f"{product.code} is sold in {product.currency}, the account is in {account.currency}.",
            field="product",
            accepted=f"a product sold in {account.currency}",
        )
    line = await _new_line(connection, actor, account, product, wish)
    places = await insert_commands(connection, [_open_line(actor, line)])
    await _keep_line(connection, actor, line, places[0])
    added, addon_places = await _add_addons(connection, actor, line, wish)
    return line, added, [*places, *addon_places]


async def _add_addons(
    connection: AsyncConnection[Any], actor: Actor, line: Line, wish: LineWish
) -> tuple[list[Addon], list[CommandPlace]]:
    added, places = [], []
    for index, code in enumerate(wish.addons):
        addon, place = await addons.add(connection, actor, line, code, f"addons[{index}]")
        added.append(addon)
        places.append(place)
    return added, places


def _first_top_up(account: Account, money: Money | None) -> TopUp | None:
    if money is None:
        return None
    micros = payments.check_top_up(
        money.amount, money.currency, account.currency, "initial_top_up."
    )
    return TopUp(
        new_id(), account.account_id, micros, account.currency, "sign-up", account.created_at
    )


async def _new_line(
    connection: AsyncConnection[Any],
    actor: Actor,
    account: Account,
    product: Product,
    wish: LineWish,
) -> Line:
    line_id = new_id()
    tenant_id = actor.tenant_id
    msisdn = await numbers.take(
        connection,
        tenant_id,
        wish.msisdn,
        line_id,
        number_class=wish.number_class,
        reservation_id=wish.reservation_id,
    )
    card = await sims.take(connection, tenant_id, wish.iccid, line_id)
    now = datetime.now(UTC)
    line = Line(
        line_id,
        account.account_id,
        product.code,
        msisdn,
        card.imsi,
        card.iccid,
        wish.status,
        1,
        now,
        now,
        further_imsis=card.further_imsis,
    )
    taken = await store.claim_identities(connection, tenant_id, line)
    if taken is not None:
        kind, identity = taken
        raise IdentityInUse(
            f"A live line of this installation has the {kind.upper()} {identity}.",
            field="msisdn" if kind == "msisdn" else "iccid",
        )
    return line


def _open_account(actor: Actor, account: Account) -> Command:
    return open_account(
        actor.tenant_id,
        account.account_id,
        account.currency,
        account.credit_limit_micros,
        account.overrun,
    )


def _open_line(actor: Actor, line: Line) -> Command:
    return open_line(
        actor.tenant_id,
        line.account_id,
        line.line_id,
        line.product,
        line.msisdn,
        line.imsi,
        line.status,
        line.further_imsis,
    )


async def _record_account(connection: AsyncConnection[Any], actor: Actor, account: Account) -> None:
    await audit.record(
        connection,
        actor,
        "account.opened",
        "account",
        account.account_id,
        after={
            "customer": str(account.customer_id),
            "currency": account.currency,
            "overrun": account.overrun,
        },
    )


async def _keep_line(
    connection: AsyncConnection[Any], actor: Actor, line: Line, place: CommandPlace
) -> None:
    await store.insert_line(connection, actor.tenant_id, line, place)
    await provisioning.emit(connection, actor.tenant_id, events.status_event(line, place))
    await audit.record(
        connection, actor, "line.opened", "line", line.line_id, after=events.event_payload(line)
    )
