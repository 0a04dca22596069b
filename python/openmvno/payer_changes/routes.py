"""Routes of changes of payer."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from openmvno.payer_changes import service, store
from openmvno.payer_changes.errors import PayerChangeNotFound
from openmvno.payer_changes.model import PayerChange
from openmvno.payer_changes.schemas import NewPayerChange, PayerChangeView, payer_change_view
from openmvno.rest import Call, Done, Outcome, Page, PageRequest, page_of, requires
from openmvno.rest.call import Connection
from openmvno.subscribers import find_line

TAGS: Final = ["Lines"]

STEPS: Final = 4
"""Commands a change takes at most: freeze, export, import, and release or the way back."""


@post(
    "/lines/{line_id:uuid}/payer-changes",
    guards=[requires("customers:write")],
    tags=TAGS,
    summary="Bring a line to another account",
)
async def create_payer_change(
    creation: NamedDependency[Call], line_id: FromPath[UUID], data: JSONBody[NewPayerChange]
) -> Response[PayerChangeView]:
    """The line goes with its number, card, products, buckets, wallets and caps; balance and shared
    pools stay with the old account. What is running is charged to the old one and ended.

    201 with the status completed, or returned where the new account could not have it. 202: the
    line's sessions are waited for, or the engine; it goes on by itself, and the change can be
    read. Meanwhile the line can be used for nothing but emergency calls, and is not to be changed.
    """
    call = creation

    async def work(connection: Connection) -> Done:
        change, place = await service.begin(
            connection, call.actor, line_id, data.account_id, data.reason
        )
        headers = {"Location": f"/v1/lines/{line_id}/payer-changes/{change.payer_change_id}"}
        return Done(201, payer_change_view(change), headers, [place])

    seen: list[Outcome] = []

    def finish(body: dict[str, Any], outcomes: list[Outcome]) -> dict[str, Any]:
        seen.extend(outcomes)
        return body

    response = await call.change(work, finish=finish)
    change = await _carried_on(call, line_id, UUID(response.content["id"]), seen[0])
    status = 201 if change.state in ("completed", "returned") else 202
    return Response(payer_change_view(change), status_code=status, headers=response.headers)


async def _carried_on(call: Call, line_id: UUID, change_id: UUID, outcome: Outcome) -> PayerChange:
    """The change after each of its steps, as far as the engine answers."""
    for _ in range(STEPS):
        async with call.connection() as connection:
            change = await _found(connection, call, line_id, change_id)
            place = await service.carry_on(
                connection, call.actor, change_id, outcome, (change.shard, change.command_seq)
            )
        if place is None:
            break
        [outcome] = await call.resources.settle(call.tenant_id, [place])
    async with call.connection() as connection:
        return await _found(connection, call, line_id, change_id)


async def _found(connection: Connection, call: Call, line_id: UUID, change_id: UUID) -> PayerChange:
    change = await store.change_by_id(connection, call.tenant_id, change_id)
    if change is None or change.line_id != line_id:
        raise PayerChangeNotFound(
            f"The line has no change of payer {change_id}.", field="change_id"
        )
    return change


@get(
    "/lines/{line_id:uuid}/payer-changes",
    guards=[requires("customers:read")],
    tags=TAGS,
    summary="The accounts a line has been on",
)
async def list_payer_changes(
    call: NamedDependency[Call], page: NamedDependency[PageRequest], line_id: FromPath[UUID]
) -> Page[PayerChangeView]:
    """Its changes of payer, from the newest on."""
    async with call.connection() as connection:
        await find_line(connection, call.tenant_id, line_id)
        rows = await store.list_changes(
            connection, call.tenant_id, line_id, before=page.after(UUID), limit=page.rows
        )
    return page_of(rows, page, payer_change_view, lambda change: change.payer_change_id)


@get(
    "/lines/{line_id:uuid}/payer-changes/{change_id:uuid}",
    guards=[requires("customers:read")],
    tags=TAGS,
    summary="One change of payer",
)
async def show_payer_change(
    call: NamedDependency[Call], line_id: FromPath[UUID], change_id: FromPath[UUID]
) -> PayerChangeView:
    """A change of payer, and how far it is."""
    async with call.connection() as connection:
        return payer_change_view(await _found(connection, call, line_id, change_id))


PAYER_CHANGE_ROUTES: Final[list[Any]] = [
    create_payer_change,
    list_payer_changes,
    show_payer_change,
]
