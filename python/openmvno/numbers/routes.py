"""Number routes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta

from openmvno.numbers import service, store
from openmvno.numbers.model import Msisdn
from openmvno.rest import Call, Done, Page, PageRequest, page_of, requires
from openmvno.rest.call import Connection

Number = Annotated[str, Meta(examples=["385910000001"])]


class NumberRange(msgspec.Struct, forbid_unknown_fields=True):
    """The numbers from ``first`` to ``last``, both included; one number when last is left out."""

    first: Number
    last: Number | None = None


class NumbersAdded(msgspec.Struct):
    """How many were new to the pool."""

    added: int


class NumberView(msgspec.Struct):
    """A number of the pool."""

    msisdn: Number
    state: Annotated[str, Meta(description="available, reserved, assigned, quarantined")]
    line_id: UUID | None
    updated_at: datetime


def number_view(number: Msisdn) -> NumberView:
    """What the API shows of a number."""
    return NumberView(number.number, number.state, number.line_id, number.updated_at)


@post("/numbers", guards=[requires("inventory:write")], tags=["Inventory"], summary="Add numbers")
async def add_numbers(
    creation: NamedDependency[Call], data: JSONBody[NumberRange]
) -> Response[NumbersAdded]:
    """Add a range to the pool; numbers known already stay as they are."""

    async def work(connection: Connection) -> Done:
        added = await service.add_numbers(
            connection, creation.actor, data.first, data.last or data.first
        )
        return Done(201, NumbersAdded(added))

    return await creation.change(work)


@get("/numbers", guards=[requires("inventory:read")], tags=["Inventory"], summary="List numbers")
async def list_numbers(
    call: NamedDependency[Call],
    page: NamedDependency[PageRequest],
    number_state: Annotated[
        Literal["available", "reserved", "assigned", "quarantined"] | None,
        QueryParameter(name="state", description="Only those in this state"),
    ] = None,
) -> Page[NumberView]:
    """The pool in order of numbers."""
    async with call.connection() as connection:
        rows = await store.list_numbers(
            connection,
            call.tenant_id,
            state=number_state,
            after=page.after(str),
            limit=page.rows,
        )
    await call.shown("line", [row.line_id for row in rows[: page.limit] if row.line_id])
    return page_of(rows, page, number_view, lambda number: number.number)


NUMBER_ROUTES: Final[list[Any]] = [add_numbers, list_numbers]
