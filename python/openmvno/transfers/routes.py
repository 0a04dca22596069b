"""Transfer routes."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from openmvno.charging import live_balance
from openmvno.customers import Account, find_account
from openmvno.money import parse_currency, parse_positive_amount
from openmvno.rest import Call, Done, Outcome, Page, PageRequest, opens, page_of, requires
from openmvno.rest.call import CommandPlace, Connection
from openmvno.subscribers import LineNotFound, line_by_identity
from openmvno.transfers import service, store
from openmvno.transfers.errors import REFUSALS, TransferNotFound, TransferRecipientInvalid
from openmvno.transfers.model import Transfer
from openmvno.transfers.schemas import (
    NewTransfer,
    TermsIn,
    TermsView,
    TransferView,
    terms_view,
    transfer_view,
)

TAGS: Final = ["Transfers"]

STEPS: Final = 3
"""Commands a transfer takes at most: the debit, the credit, and the return of what fails."""


@post(
    "/accounts/{account_id:uuid}/transfers",
    guards=[requires("payments:write")],
    opt=opens("reach:pay"),
    tags=TAGS,
    summary="Send money to another subscriber",
)
async def create_transfer(
    creation: NamedDependency[Call], account_id: FromPath[UUID], data: JSONBody[NewTransfer]
) -> Response[TransferView]:
    """201 with the status completed, or returned where the recipient could not get it. 202: it is
    on its way and goes on by itself. Repeated with its Idempotency-Key it is one transfer."""
    call = creation

    async def available() -> int:
        engine = call.request.app.state.engine
        return int((await live_balance(engine, call.tenant_id, account_id))["available"])

    async def work(connection: Connection) -> Done:
        sender = await find_account(connection, call.tenant_id, account_id, lock=True)
        recipient = await _recipient(connection, call, data)
        field = "to" if data.to_account_id is None else "to_account_id"
        micros = _amount(data, sender)
        transfer, place = await service.begin(
            connection, call.actor, sender, recipient, micros, available, data.reference, field
        )
        headers = {"Location": f"/v1/transfers/{transfer.transfer_id}"}
        return Done(201, transfer_view(transfer), headers, [place])

    seen: list[Outcome] = []

    def finish(body: dict[str, Any], outcomes: list[Outcome]) -> dict[str, Any]:
        seen.extend(outcomes)
        return body

    response = await call.change(work, finish=finish, key_required=True, refusals=REFUSALS)
    transfer_id = UUID(response.content["id"])
    transfer = await _carried_on(call, transfer_id, seen[0])
    status = 201 if transfer.state in ("completed", "returned") else 202
    return Response(transfer_view(transfer), status_code=status, headers=response.headers)


async def _recipient(connection: Connection, call: Call, data: NewTransfer) -> Account:
    if (data.to is None) == (data.to_account_id is None):
        raise TransferRecipientInvalid(
            "Neither or both of to and to_account_id are there.",
            field="to",
            accepted="either to or to_account_id",
        )
    if data.to_account_id is not None:
        return await find_account(
            connection, call.tenant_id, data.to_account_id, field="to_account_id"
        )
    line = await line_by_identity(connection, call.tenant_id, "msisdn", data.to or "")
    if line is None:
        raise LineNotFound(f"There is no live line with the number {data.to}.", field="to")
    return await find_account(connection, call.tenant_id, line.account_id)


def _amount(data: NewTransfer, sender: Account) -> int:
    if parse_currency(data.currency) != sender.currency:
        raise TransferRecipientInvalid(
            f"The account is in {sender.currency}.", field="currency", accepted=sender.currency
        )
    return parse_positive_amount(data.amount)


async def _carried_on(call: Call, transfer_id: UUID, outcome: Outcome) -> Transfer:
    """The transfer after each of its halves, as far as the engine answers."""
    for _ in range(STEPS):
        async with call.connection() as connection:
            waited_for = await _place_of(connection, call, transfer_id)
            place = await service.carry_on(connection, call.actor, transfer_id, outcome, waited_for)
        if place is None:
            break
        [outcome] = await call.resources.settle(call.tenant_id, [place])
    async with call.connection() as connection:
        return await _found(connection, call, transfer_id)


async def _place_of(connection: Connection, call: Call, transfer_id: UUID) -> CommandPlace:
    transfer = await _found(connection, call, transfer_id)
    return transfer.shard, transfer.command_seq


async def _found(connection: Connection, call: Call, transfer_id: UUID) -> Transfer:
    transfer = await store.transfer_by_id(connection, call.tenant_id, transfer_id)
    if transfer is None:
        raise TransferNotFound(f"There is no transfer {transfer_id}.", field="transfer_id")
    return transfer


@get(
    "/accounts/{account_id:uuid}/transfers",
    guards=[requires("payments:read")],
    opt=opens("reach:read"),
    tags=TAGS,
    summary="Transfers of an account",
)
async def list_transfers(
    call: NamedDependency[Call], page: NamedDependency[PageRequest], account_id: FromPath[UUID]
) -> Page[TransferView]:
    """What it sent and got, from the newest on."""
    async with call.connection() as connection:
        await find_account(connection, call.tenant_id, account_id)
        rows = await store.list_transfers(
            connection, call.tenant_id, account_id, before=page.after(UUID), limit=page.rows
        )
    return page_of(rows, page, transfer_view, lambda transfer: transfer.transfer_id)


@get(
    "/transfers/{transfer_id:uuid}",
    guards=[requires("payments:read")],
    opt=opens("reach:read"),
    tags=TAGS,
    summary="One transfer",
)
async def show_transfer(call: NamedDependency[Call], transfer_id: FromPath[UUID]) -> TransferView:
    """A transfer, and how far it is."""
    async with call.connection() as connection:
        return transfer_view(await _found(connection, call, transfer_id))


@put(
    "/transfer-terms/{currency:str}",
    guards=[requires("payments:configure")],
    tags=TAGS,
    summary="Set the terms of transfers",
)
async def put_terms(
    update: NamedDependency[Call], currency: FromPath[str], data: JSONBody[TermsIn]
) -> Response[TermsView]:
    """Limits and fee of transfers between accounts in a currency; without them there are none."""
    wanted = data.terms(currency)

    async def work(connection: Connection) -> Done:
        return Done(200, terms_view(await service.set_terms(connection, update.actor, wanted)))

    return await update.change(work)


@get(
    "/transfer-terms",
    guards=[requires("payments:read")],
    opt=opens("reach:read"),
    tags=TAGS,
    summary="The terms of transfers",
)
async def list_terms(call: NamedDependency[Call]) -> list[TermsView]:
    """By currency."""
    async with call.connection() as connection:
        found = await store.list_terms(connection, call.tenant_id)
    return [terms_view(terms) for terms in found]


TRANSFER_ROUTES: Final[list[Any]] = [
    create_transfer,
    list_transfers,
    show_transfer,
    put_terms,
    list_terms,
]
