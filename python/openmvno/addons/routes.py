"""Add-on routes."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from openmvno.addons import service, store
from openmvno.addons.errors import refusals
from openmvno.addons.paying import check_buys, check_payer
from openmvno.addons.schemas import AddonView, NewAddon, addon_view
from openmvno.money import parse_unsigned_amount
from openmvno.rest import Call, Done, Page, PageRequest, opens, page_of, requires
from openmvno.rest.call import Connection, becomes
from openmvno.subscribers import find_line, find_open_line

TAGS: Final = ["Lines"]


@post(
    "/lines/{line_id:uuid}/products",
    guards=[requires("customers:write")],
    opt=opens("reach:write"),
    tags=TAGS,
    summary="Give a line an add-on",
)
async def create_addon(
    creation: NamedDependency[Call], line_id: FromPath[UUID], data: JSONBody[NewAddon]
) -> Response[AddonView]:
    """Its prices hold and its buckets are granted from now on. 201 once the engine has it.

    The balance pays what it costs, unless staff who may take payments say otherwise; where money
    moves, an Idempotency-Key is needed.
    """
    check_payer(creation.actor, data.pay)
    told = None if data.price is None else parse_unsigned_amount(data.price, "price")

    async def work(connection: Connection) -> Done:
        line = await find_open_line(connection, creation.tenant_id, line_id)
        addon, place = await service.add(
            connection, creation.actor, line, data.product, pay=data.pay, told=told
        )
        headers = {"Location": f"/v1/lines/{line_id}/products"}
        moves_money = check_buys(creation.actor, [addon])
        return Done(201, addon_view(addon), headers, [place], key_required=moves_money)

    return await creation.change(
        work, finish=becomes("active"), refusals=refusals("product", "pay")
    )


@get(
    "/lines/{line_id:uuid}/products",
    guards=[requires("customers:read")],
    opt=opens("reach:read"),
    tags=TAGS,
    summary="Add-ons of a line",
)
async def list_addons(
    call: NamedDependency[Call], page: NamedDependency[PageRequest], line_id: FromPath[UUID]
) -> Page[AddonView]:
    """Add-ons the line has or had, from the newest on."""
    async with call.reading() as connection:
        await find_line(connection, call.tenant_id, line_id)
        addons = await store.list_addons(
            connection,
            call.tenant_id,
            line_id,
            before=page.after(UUID),
            limit=page.rows,
        )
    return page_of(addons, page, addon_view, lambda addon: addon.instance_id)


@delete(
    "/lines/{line_id:uuid}/products/{instance_id:uuid}",
    guards=[requires("customers:write")],
    opt=opens("reach:write"),
    tags=TAGS,
    summary="Take an add-on away",
    status_code=200,
)
async def remove_addon(
    update: NamedDependency[Call], line_id: FromPath[UUID], instance_id: FromPath[UUID]
) -> Response[AddonView]:
    """Its buckets end now, whatever is left in them."""

    async def work(connection: Connection) -> Done:
        line = await find_open_line(connection, update.tenant_id, line_id)
        addon, place = await service.remove(connection, update.actor, line, instance_id)
        return Done(200, addon_view(addon), commands=[place])

    return await update.change(work, refusals=refusals("instance_id"))


ADDON_ROUTES: Final[list[Any]] = [create_addon, list_addons, remove_addon]
