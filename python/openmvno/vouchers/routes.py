"""Voucher routes."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from openmvno.errors import DomainError
from openmvno.rest import Call, Done, Outcome, Page, PageRequest, opens, page_of, requires
from openmvno.rest.call import Connection
from openmvno.vouchers import service, store
from openmvno.vouchers.errors import (
    REFUSALS,
    VoucherBatchNotFound,
    VoucherNotFound,
)
from openmvno.vouchers.pins import PinKey, encrypted
from openmvno.vouchers.recipients import find_recipient
from openmvno.vouchers.redeeming import redeem
from openmvno.vouchers.schemas import (
    GeneratedVouchersView,
    LifetimeTable,
    NewRedemption,
    NewVoucherBatch,
    RedemptionView,
    VoucherBatchView,
    VoucherRange,
    VoucherRangeView,
    VoucherView,
    batch_view,
    lifetime_entry,
    range_view,
    redeemed,
    redemption_view,
    voucher_view,
)

TAGS: Final = ["Vouchers"]


def _pin_key(call: Call) -> PinKey:
    return PinKey(call.request.app.state.sealer, call.tenant_id)


@post(
    "/voucher-batches",
    guards=[requires("vouchers:write")],
    tags=TAGS,
    summary="Make vouchers",
)
async def create_voucher_batch(
    creation: NamedDependency[Call], data: JSONBody[NewVoucherBatch]
) -> Response[GeneratedVouchersView]:
    """None of them can be used before it is activated. The PINs come back once, encrypted.

    For more at a time there is `openmvno voucher generate`.
    """

    async def work(connection: Connection) -> Done:
        batch, pins = await service.generate(
            connection,
            creation.actor,
            _pin_key(creation),
            name=data.name,
            count=data.count,
            terms=await service.terms_on_sale(connection, creation.tenant_id, data.wish()),
            expires_at=data.expires_at,
        )
        sealed = encrypted(pins, data.certificate).decode()
        view = batch_view(batch, {"generated": batch.count})
        headers = {"Location": f"/v1/voucher-batches/{batch.batch_id}"}
        return Done(201, GeneratedVouchersView(view, sealed), headers)

    return await creation.change(work, key_required=True)


@get(
    "/voucher-batches",
    guards=[requires("vouchers:read")],
    tags=TAGS,
    summary="List batches of vouchers",
)
async def list_voucher_batches(
    call: NamedDependency[Call], page: NamedDependency[PageRequest]
) -> Page[VoucherBatchView]:
    """Batches from the newest on."""
    async with call.connection() as connection:
        rows = await store.list_batches(
            connection, call.tenant_id, before=page.after(UUID), limit=page.rows
        )
    return page_of(rows, page, batch_view, lambda batch: batch.batch_id)


@get(
    "/voucher-batches/{batch_id:uuid}",
    guards=[requires("vouchers:read")],
    tags=TAGS,
    summary="One batch of vouchers",
)
async def show_voucher_batch(
    call: NamedDependency[Call], batch_id: FromPath[UUID]
) -> VoucherBatchView:
    """A batch, and how many of its vouchers are in which state."""
    async with call.connection() as connection:
        batch = await store.batch_by_id(connection, call.tenant_id, batch_id)
        if batch is None:
            raise VoucherBatchNotFound(f"There is no batch {batch_id}.", field="batch_id")
        states = await store.states_between(
            connection, call.tenant_id, batch.first_serial, batch.last_serial
        )
    return batch_view(batch, states)


@post(
    "/voucher-ranges",
    guards=[requires("vouchers:write")],
    tags=TAGS,
    summary="Activate or block vouchers by serial number",
    status_code=200,
)
async def change_voucher_range(
    creation: NamedDependency[Call], data: JSONBody[VoucherRange]
) -> Response[VoucherRangeView]:
    """Activating means that they are sold: their value is owed to whoever types the PIN in.

    Vouchers that are redeemed or expired stay as they are.
    """

    async def work(connection: Connection) -> Done:
        change = await service.change_range(
            connection, creation.actor, data.first_serial, data.last_serial, data.state
        )
        states = await store.states_between(
            connection, creation.tenant_id, change.first_serial, change.last_serial
        )
        return Done(200, range_view(change, states))

    return await creation.change(work, key_required=True)


@get(
    "/vouchers",
    guards=[requires("vouchers:read")],
    tags=TAGS,
    summary="List vouchers by serial number",
)
async def list_vouchers(
    call: NamedDependency[Call],
    page: NamedDependency[PageRequest],
    first: Annotated[
        int, QueryParameter(ge=1, le=10**18, description="The first serial number")
    ] = 1,
    last: Annotated[int, QueryParameter(ge=1, le=10**18, description="The last serial number")] = 10
    ** 18,
) -> Page[VoucherView]:
    """Vouchers of a range; PINs are never shown."""
    after = page.after(int)
    async with call.connection() as connection:
        rows = await store.list_vouchers(
            connection,
            call.tenant_id,
            first=first if after is None else after + 1,
            last=last,
            limit=page.rows,
        )
    return page_of(rows, page, voucher_view, lambda voucher: voucher.serial)


@get(
    "/vouchers/{serial:int}",
    guards=[requires("vouchers:read")],
    tags=TAGS,
    summary="One voucher",
)
async def show_voucher(call: NamedDependency[Call], serial: FromPath[int]) -> VoucherView:
    """The state of a voucher by its serial number."""
    voucher = None
    if 0 < serial < 2**63:
        async with call.connection() as connection:
            voucher = await store.voucher_by_serial(connection, call.tenant_id, serial)
    if voucher is None:
        raise VoucherNotFound(f"There is no voucher {serial}.", field="serial")
    return voucher_view(voucher)


@post(
    "/voucher-redemptions",
    guards=[requires("vouchers:redeem")],
    opt=opens("reach:pay"),
    tags=TAGS,
    summary="Redeem a voucher",
)
async def create_redemption(
    creation: NamedDependency[Call], data: JSONBody[NewRedemption]
) -> Response[RedemptionView]:
    """201 once the engine has journaled it. Repeated with the same Idempotency-Key it is answered
    the same; of many who type the same PIN in one wins.

    Five wrong PINs of an account within an hour, or twenty from an origin, lock it for an hour.
    """

    async def work(connection: Connection) -> Done:
        recipient = await find_recipient(
            connection,
            creation.tenant_id,
            line_id=data.line_id,
            account_id=data.account_id,
            msisdn=data.msisdn,
        )
        used = await redeem(
            connection, creation.actor, _pin_key(creation), recipient, data.pin, data.origin
        )
        if isinstance(used, DomainError):
            return Done(used.status, None, refusal=used)
        redemption, place = used
        headers = {"Location": "/v1/voucher-redemptions"}
        return Done(201, redemption_view(redemption), headers, [place])

    def finish(body: dict[str, Any], outcomes: list[Outcome]) -> dict[str, Any]:
        return redeemed(body, outcomes[0])

    return await creation.change(work, finish=finish, key_required=True, refusals=REFUSALS)


@get(
    "/voucher-redemptions",
    guards=[requires("vouchers:read")],
    opt=opens("reach:read"),
    tags=TAGS,
    summary="List redemptions",
)
async def list_redemptions(
    call: NamedDependency[Call],
    page: NamedDependency[PageRequest],
    account: Annotated[UUID | None, QueryParameter(description="Of this account")] = None,
) -> Page[RedemptionView]:
    """Redemptions from the newest on."""
    account = call.of_account(account)
    async with call.connection() as connection:
        rows = await store.list_redemptions(
            connection,
            call.tenant_id,
            account_id=account,
            before=page.after(UUID),
            limit=page.rows,
        )
    return page_of(rows, page, redemption_view, lambda redemption: redemption.redemption_id)


@get(
    "/voucher-lifetimes",
    guards=[requires("vouchers:read")],
    tags=TAGS,
    summary="The table of lifetimes",
)
async def show_lifetimes(call: NamedDependency[Call]) -> LifetimeTable:
    """How long vouchers of which value let a subscriber live on."""
    async with call.connection() as connection:
        rows = await store.list_lifetimes(connection, call.tenant_id)
    return LifetimeTable([lifetime_entry(row) for row in rows])


@put(
    "/voucher-lifetimes",
    guards=[requires("vouchers:write")],
    tags=TAGS,
    summary="Replace the table of lifetimes",
)
async def put_lifetimes(
    update: NamedDependency[Call], data: JSONBody[LifetimeTable]
) -> Response[LifetimeTable]:
    """It holds for redemptions from now on, and is noted down with each."""
    wanted = data.lifetimes()

    async def work(connection: Connection) -> Done:
        await service.set_lifetimes(connection, update.actor, wanted)
        rows = await store.list_lifetimes(connection, update.tenant_id)
        return Done(200, LifetimeTable([lifetime_entry(row) for row in rows]))

    return await update.change(work)


VOUCHER_ROUTES: Final[list[Any]] = [
    create_voucher_batch,
    list_voucher_batches,
    show_voucher_batch,
    change_voucher_range,
    list_vouchers,
    show_voucher,
    create_redemption,
    list_redemptions,
    show_lifetimes,
    put_lifetimes,
]
