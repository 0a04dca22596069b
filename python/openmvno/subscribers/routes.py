"""Sign-up and line routes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from openmvno.addons import check_buys
from openmvno.addons.schemas import addon_view
from openmvno.charging import CommandPlace
from openmvno.customers import find_account
from openmvno.customers.schemas import account_view, customer_view
from openmvno.money import parse_positive_amount
from openmvno.payments.schemas import top_up_view, with_outcome
from openmvno.rest import Call, Done, Outcome, Page, PageRequest, opens, page_of, requires
from openmvno.rest.call import Connection, tagged
from openmvno.rest.reach import PARTNERS
from openmvno.subscribers import identities, service, store
from openmvno.subscribers.errors import refusals
from openmvno.subscribers.rules import SUBSCRIBER, check_own_block
from openmvno.subscribers.schemas import (
    LineChange,
    LineView,
    NewLine,
    NumberExchange,
    SignUp,
    SignUpView,
    SimSwap,
    line_view,
)
from openmvno.subscribers.sign_up import Money, SignedUp, add_line, sign_up
from openmvno.subscribers.undoing import undo_line, undo_sign_up

LINES: Final = ["Lines"]


@post(
    "/sign-ups",
    guards=[requires("customers:write")],
    opt=opens("reach:sell", PARTNERS, needs={"initial_top_up": "reach:pay"}, new=("msisdn",)),
    tags=["Sign-up"],
    summary="Sign a subscriber up",
)
async def create_sign_up(
    creation: NamedDependency[Call], data: JSONBody[SignUp]
) -> Response[SignUpView]:
    """Customer, account, line, add-ons, number, SIM card, first top-up: all of it or nothing. A new
    customer of a partner is below that partner.

    Needs an Idempotency-Key. 201 once the charging engine has journaled everything; the network
    hears of the line by the provisioning outbox.
    """
    money = data.initial_top_up
    customer = data.payer()
    parent_id = creation.within.customer_id if creation.within is not None else None

    async def work(connection: Connection) -> Done:
        result = await sign_up(
            connection,
            creation.actor,
            customer,
            data.wish(),
            None if money is None else Money(money.amount, money.currency),
            parent_id,
        )
        check_buys(creation.actor, result.addons)
        headers = {"Location": f"/v1/lines/{result.line.line_id}"}
        return Done(201, _sign_up_view(result), headers, result.commands)

    async def undo(
        connection: Connection, body: dict[str, Any], outcomes: list[Outcome]
    ) -> Sequence[CommandPlace]:
        top_up = body["top_up"]
        return await undo_sign_up(
            connection,
            creation.actor,
            UUID(str(body["line"]["id"])),
            outcomes,
            top_up_id=None if top_up is None else UUID(str(top_up["id"])),
            topped_up=0 if top_up is None else parse_positive_amount(top_up["amount"]),
            customer_is_new=data.customer is not None,
        )

    return await creation.change(
        work, finish=_finish_sign_up, key_required=True, refusals=refusals("addons"), undo=undo
    )


def _sign_up_view(result: SignedUp) -> SignUpView:
    return SignUpView(
        "pending",
        customer_view(result.customer),
        account_view(result.account),
        line_view(result.line),
        [addon_view(addon) for addon in result.addons],
        None if result.top_up is None else top_up_view(result.top_up),
    )


def _finish_sign_up(body: dict[str, Any], outcomes: list[Outcome]) -> dict[str, Any]:
    top_up = body["top_up"]
    if top_up is not None:
        top_up = with_outcome(top_up, outcomes[-1])
    if None in outcomes:
        return {**body, "top_up": top_up}
    active = [{**addon, "status": "active"} for addon in body["addons"]]
    return {**body, "status": "completed", "addons": active, "top_up": top_up}


@post(
    "/accounts/{account_id:uuid}/lines",
    guards=[requires("customers:write")],
    opt=opens("reach:sell", PARTNERS, new=("msisdn",)),
    tags=LINES,
    summary="A further line on an account",
)
async def create_line(
    creation: NamedDependency[Call], account_id: FromPath[UUID], data: JSONBody[NewLine]
) -> Response[LineView]:
    """The line shares the account's balance with the others, which pays for its add-ons, too: all
    of it or nothing. Where add-ons cost something, an Idempotency-Key is needed."""

    async def work(connection: Connection) -> Done:
        line, bought, places = await add_line(connection, creation.actor, account_id, data.wish())
        headers = tagged(line.version, f"/v1/lines/{line.line_id}")
        moves_money = check_buys(creation.actor, bought)
        return Done(201, line_view(line), headers, places, key_required=moves_money)

    async def undo(
        connection: Connection, body: dict[str, Any], outcomes: list[Outcome]
    ) -> Sequence[CommandPlace]:
        return await undo_line(connection, creation.actor, UUID(str(body["id"])), outcomes)

    return await creation.change(work, refusals=refusals("addons"), undo=undo)


@get(
    "/lines",
    guards=[requires("customers:read")],
    opt=opens("reach:read"),
    tags=LINES,
    summary="Find or list lines",
)
async def list_lines(
    call: NamedDependency[Call],
    page: NamedDependency[PageRequest],
    msisdn: Annotated[
        str | None, QueryParameter(description="The live line with this number")
    ] = None,
    imsi: Annotated[str | None, QueryParameter(description="The live line with this IMSI")] = None,
    account: Annotated[UUID | None, QueryParameter(description="Lines of this account")] = None,
    customer: Annotated[
        UUID | None, QueryParameter(description="Lines of all accounts of this customer")
    ] = None,
) -> Page[LineView]:
    """Lines from the newest on; by MSISDN or IMSI at most one. Of a partner or customer: all those
    below it."""
    within = call.within
    async with call.reading() as connection:
        if within is not None and within.line_id is not None:
            own = await service.find_line(connection, call.tenant_id, within.line_id)
            await call.shown("line", [own.line_id])
            return Page([line_view(own)])
        for kind, identity in (("msisdn", msisdn), ("imsi", imsi)):
            if identity is not None:
                line = await store.line_by_identity(connection, call.tenant_id, kind, identity)
                found = [] if line is None else [line]
                await call.shown("line", [each.line_id for each in found])
                return Page([line_view(each) for each in found])
        if customer is not None:
            lines = await store.list_lines_of(
                connection, call.tenant_id, customer, page.after(UUID), page.rows
            )
        elif within is not None and account is None:
            lines = await store.list_lines_below(
                connection, call.tenant_id, within.customer_id, page.after(UUID), page.rows
            )
        else:
            lines = await store.list_lines(
                connection,
                call.tenant_id,
                account_id=account,
                before=page.after(UUID),
                limit=page.rows,
            )
    await call.shown("line", [line.line_id for line in lines[: page.limit]])
    return page_of(lines, page, line_view, lambda line: line.line_id)


@get(
    "/lines/{line_id:uuid}",
    guards=[requires("customers:read")],
    opt=opens("reach:read"),
    tags=LINES,
    summary="One line",
)
async def show_line(call: NamedDependency[Call], line_id: FromPath[UUID]) -> Response[LineView]:
    """A line, with the ETag that a change may name."""
    async with call.reading() as connection:
        line = await service.find_line(connection, call.tenant_id, line_id)
    await call.shown("line", [line_id])
    return Response(line_view(line), headers=tagged(line.version))


@patch(
    "/lines/{line_id:uuid}",
    guards=[requires("customers:write")],
    opt=opens("reach:write", members=("status", "by")),
    tags=LINES,
    summary="Block, unblock, close, change product or limits",
)
async def change_line(
    update: NamedDependency[Call], line_id: FromPath[UUID], data: JSONBody[LineChange]
) -> Response[LineView]:
    """Change what is given. A line that already is so is answered without doing anything.

    ``blocked`` and back to ``active``; ``closed`` is final, frees number and SIM card and ends the
    line's add-ons. Users outside the staff block an active line and end a block of their own; what
    they do is done by the subscriber.
    """
    outside = update.actor.is_outside
    by = SUBSCRIBER if outside else data.by

    async def work(connection: Connection) -> Done:
        line = await service.find_line(connection, update.tenant_id, line_id, lock=True)
        update.check_version(line.version)
        if outside and data.status is not msgspec.UNSET:
            check_own_block(line.status, data.status)
        account = await find_account(connection, update.tenant_id, line.account_id)
        changed, places = await service.modify_line(
            connection,
            update.actor,
            line,
            replace(line, **data.changes(account.currency)),
            by,
            data.reason,
        )
        return Done(200, line_view(changed), tagged(changed.version), places)

    return await update.change(work, refusals=refusals("product"))


@post(
    "/lines/{line_id:uuid}/number",
    guards=[requires("customers:write")],
    tags=LINES,
    summary="Give a line another number",
    status_code=200,
)
async def change_number(
    creation: NamedDependency[Call], line_id: FromPath[UUID], data: JSONBody[NumberExchange]
) -> Response[LineView]:
    """The old number is quarantined. Register and charging follow."""

    async def work(connection: Connection) -> Done:
        line = await service.find_line(connection, creation.tenant_id, line_id, lock=True)
        changed, places = await identities.change_number(
            connection, creation.actor, line, data.msisdn, data.number_class, data.reservation
        )
        return Done(200, line_view(changed), tagged(changed.version), places)

    return await creation.change(work, refusals=refusals("product", "msisdn"))


@post(
    "/lines/{line_id:uuid}/sim-swap",
    guards=[requires("customers:write")],
    tags=LINES,
    summary="Give a line another SIM card",
    status_code=200,
)
async def swap_sim(
    creation: NamedDependency[Call], line_id: FromPath[UUID], data: JSONBody[SimSwap]
) -> Response[LineView]:
    """One act: the old card is out of use, the new one in, register and charging follow; balance
    and quotas stay. For some time after it there is no second swap and no port-out."""

    async def work(connection: Connection) -> Done:
        line = await service.find_line(connection, creation.tenant_id, line_id, lock=True)
        changed, places = await identities.swap_sim(
            connection, creation.actor, line, data.iccid, data.reason
        )
        return Done(200, line_view(changed), tagged(changed.version), places)

    return await creation.change(work, refusals=refusals("product"))


SUBSCRIBER_ROUTES: Final[list[Any]] = [
    create_sign_up,
    create_line,
    list_lines,
    show_line,
    change_line,
    change_number,
    swap_sim,
]
