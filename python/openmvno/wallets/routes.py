"""Routes of buckets and wallet top-ups."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from openmvno.charging import live_balance
from openmvno.customers import find_account
from openmvno.rest import Call, Done, Page, PageRequest, opens, page_of, requires
from openmvno.rest.call import Connection, becomes
from openmvno.rest.errors import MemberNotOpen
from openmvno.rest.reach import ABOVE_LINES
from openmvno.subscribers import find_line, find_open_line
from openmvno.wallets import service, store
from openmvno.wallets.errors import REFUSALS
from openmvno.wallets.schemas import (
    BucketView,
    NewWalletTopUp,
    WalletTopUpView,
    bucket_view,
    wallet_top_up_view,
)

BALANCES: Final = ["Balances and usage"]
PAYMENTS: Final = ["Payments"]


@get(
    "/accounts/{account_id:uuid}/buckets",
    guards=[requires("balance:read")],
    opt=opens("reach:read", ABOVE_LINES),
    tags=BALANCES,
    summary="Live buckets of an account and all its lines",
)
async def list_account_buckets(
    call: NamedDependency[Call], account_id: FromPath[UUID]
) -> list[BucketView]:
    """Allowances, quotas and wallets as the engine holds them now. 503 while it is away."""
    async with call.connection() as connection:
        await find_account(connection, call.tenant_id, account_id)
    return await _buckets(call, account_id)


@get(
    "/lines/{line_id:uuid}/buckets",
    guards=[requires("balance:read")],
    opt=opens("reach:read"),
    tags=BALANCES,
    summary="Live buckets that may pay for a line",
)
async def list_line_buckets(
    call: NamedDependency[Call], line_id: FromPath[UUID]
) -> list[BucketView]:
    """The line's own buckets and the pools of its account. 503 while the engine is away."""
    async with call.connection() as connection:
        line = await find_line(connection, call.tenant_id, line_id)
    buckets = await _buckets(call, line.account_id)
    return [bucket for bucket in buckets if bucket.line_id in (None, line_id)]


async def _buckets(call: Call, account_id: UUID) -> list[BucketView]:
    live = await live_balance(call.request.app.state.engine, call.tenant_id, account_id)
    return [bucket_view(bucket, live["currency"]) for bucket in live["buckets"]]


@post(
    "/lines/{line_id:uuid}/wallet-top-ups",
    guards=[requires("payments:write")],
    opt=opens("reach:pay"),
    tags=PAYMENTS,
    summary="Top a wallet of a line up",
)
async def create_wallet_top_up(
    creation: NamedDependency[Call], line_id: FromPath[UUID], data: JSONBody[NewWalletTopUp]
) -> Response[WalletTopUpView]:
    """Moves money, so an Idempotency-Key is needed. 201 once the engine has journaled it.

    A bucket that is shared is the pool of the line's account. Outside the staff the balance pays.
    """
    if creation.actor.is_outside and data.pay != "balance":
        raise MemberNotOpen("Outside the staff the balance pays.", field="pay", accepted="balance")

    async def work(connection: Connection) -> Done:
        line = await find_open_line(connection, creation.tenant_id, line_id)
        account = await find_account(connection, creation.tenant_id, line.account_id)
        top_up, place = await service.top_up_line(
            connection, creation.actor, account, line, data.wish()
        )
        headers = {"Location": f"/v1/lines/{line_id}/wallet-top-ups"}
        return Done(201, wallet_top_up_view(top_up), headers, [place])

    return await creation.change(
        work, finish=becomes("completed"), key_required=True, refusals=REFUSALS
    )


@get(
    "/lines/{line_id:uuid}/wallet-top-ups",
    guards=[requires("payments:read")],
    opt=opens("reach:read"),
    tags=PAYMENTS,
    summary="List wallet top-ups of a line",
)
async def list_wallet_top_ups(
    call: NamedDependency[Call], page: NamedDependency[PageRequest], line_id: FromPath[UUID]
) -> Page[WalletTopUpView]:
    """Wallet top-ups of a line from the newest on."""
    async with call.connection() as connection:
        await find_line(connection, call.tenant_id, line_id)
        rows = await store.list_top_ups(
            connection,
            call.tenant_id,
            line_id,
            before=page.after(UUID),
            limit=page.rows,
        )
    return page_of(rows, page, wallet_top_up_view, lambda top_up: top_up.wallet_top_up_id)


WALLET_ROUTES: Final[list[Any]] = [
    list_account_buckets,
    list_line_buckets,
    create_wallet_top_up,
    list_wallet_top_ups,
]
