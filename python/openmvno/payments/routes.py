"""Top-up routes."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from openmvno.customers import find_account
from openmvno.payments import service, store
from openmvno.payments.errors import TopUpNotFound
from openmvno.payments.schemas import NewTopUp, TopUpView, top_up_view, with_outcome
from openmvno.rest import Call, Done, Outcome, Page, PageRequest, opens, page_of, requires
from openmvno.rest.call import Connection

TAGS: Final = ["Payments"]


@post(
    "/accounts/{account_id:uuid}/top-ups",
    guards=[requires("payments:write")],
    tags=TAGS,
    summary="Top an account up",
)
async def create_top_up(
    creation: NamedDependency[Call], account_id: FromPath[UUID], data: JSONBody[NewTopUp]
) -> Response[TopUpView]:
    """Moves money, so an Idempotency-Key is needed. 201 once the engine has journaled it."""

    async def work(connection: Connection) -> Done:
        account = await find_account(connection, creation.tenant_id, account_id)
        micros = service.check_top_up(data.amount, data.currency, account.currency)
        top_up, place = await service.top_up_account(
            connection, creation.actor, account, micros, data.reference
        )
        headers = {"Location": f"/v1/accounts/{account_id}/top-ups/{top_up.top_up_id}"}
        return Done(201, top_up_view(top_up), headers, [place])

    def finish(body: dict[str, Any], outcomes: list[Outcome]) -> dict[str, Any]:
        return with_outcome(body, outcomes[0])

    return await creation.change(work, finish=finish, key_required=True)


@get(
    "/accounts/{account_id:uuid}/top-ups",
    guards=[requires("payments:read")],
    opt=opens("reach:read"),
    tags=TAGS,
    summary="List top-ups",
)
async def list_top_ups(
    call: NamedDependency[Call], page: NamedDependency[PageRequest], account_id: FromPath[UUID]
) -> Page[TopUpView]:
    """Top-ups of an account from the newest on."""
    async with call.reading() as connection:
        await find_account(connection, call.tenant_id, account_id)
        rows = await store.list_top_ups(
            connection,
            call.tenant_id,
            account_id,
            before=page.after(UUID),
            limit=page.rows,
        )
    return page_of(rows, page, top_up_view, lambda top_up: top_up.top_up_id)


@get(
    "/accounts/{account_id:uuid}/top-ups/{top_up_id:uuid}",
    guards=[requires("payments:read")],
    opt=opens("reach:read"),
    tags=TAGS,
    summary="One top-up",
)
async def show_top_up(
    call: NamedDependency[Call], account_id: FromPath[UUID], top_up_id: FromPath[UUID]
) -> TopUpView:
    """A top-up and whether the engine has it."""
    async with call.reading() as connection:
        top_up = await store.top_up_by_id(connection, call.tenant_id, account_id, top_up_id)
    if top_up is None:
        raise TopUpNotFound(f"The account has no top-up {top_up_id}.", field="top_up_id")
    return top_up_view(top_up)


TOP_UP_ROUTES: Final[list[Any]] = [create_top_up, list_top_ups, show_top_up]
