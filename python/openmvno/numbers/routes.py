"""Number routes."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from litestar import Response, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from openmvno.numbers import service, store
from openmvno.numbers.schemas import (
    NewReservation,
    NumberChange,
    NumberPolicyView,
    NumberRange,
    NumbersAdded,
    NumberView,
    ReservationEnded,
    ReservationView,
    number_view,
    policy_view,
)
from openmvno.rest import Call, Done, Page, PageRequest, page_of, requires
from openmvno.rest.call import Connection, tagged

TAGS: Final = ["Inventory"]


@post("/numbers", guards=[requires("inventory:write")], tags=TAGS, summary="Add numbers")
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


@get("/numbers", guards=[requires("inventory:read")], tags=TAGS, summary="List numbers")
async def list_numbers(
    call: NamedDependency[Call],
    page: NamedDependency[PageRequest],
    number_state: Annotated[
        Literal[
            "available",
            "reserved",
            "assigned",
            "quarantined",
            "frozen",
            "ported_in",
            "ported_out",
        ]
        | None,
        QueryParameter(name="state", description="Only those in this state"),
    ] = None,
    number_class: Annotated[
        str | None, QueryParameter(description="Only those of this class, such as gold")
    ] = None,
    ends_with: Annotated[
        str | None,
        QueryParameter(description="Only those with these last digits", pattern="^[0-9]{1,15}$"),
    ] = None,
) -> Page[NumberView]:
    """The pool in order of numbers."""
    async with call.connection() as connection:
        rows = await store.list_numbers(
            connection,
            call.tenant_id,
            state=number_state,
            number_class=number_class,
            ends_with=ends_with,
            after=page.after(str),
            limit=page.rows,
        )
    await call.shown("line", [row.line_id for row in rows[: page.limit] if row.line_id])
    return page_of(rows, page, number_view, lambda number: number.number)


@get("/numbers/{msisdn:str}", guards=[requires("inventory:read")], tags=TAGS, summary="One number")
async def show_number(call: NamedDependency[Call], msisdn: FromPath[str]) -> Response[NumberView]:
    """A number, with the ETag that a change may name."""
    async with call.connection() as connection:
        number = await service.find_number(connection, call.tenant_id, msisdn)
    await call.shown("line", [number.line_id] if number.line_id else [])
    return Response(number_view(number), headers=tagged(number.version))


@patch(
    "/numbers/{msisdn:str}",
    guards=[requires("inventory:write")],
    tags=TAGS,
    summary="Freeze, thaw or class a number",
)
async def change_number(
    update: NamedDependency[Call], msisdn: FromPath[str], data: JSONBody[NumberChange]
) -> Response[NumberView]:
    """``frozen`` keeps it from being given away; ``available`` ends that, or a quarantine or
    reservation before its time."""

    async def work(connection: Connection) -> Done:
        number = await service.find_number(connection, update.tenant_id, msisdn, lock=True)
        update.check_version(number.version)
        changed = await service.change_number(
            connection, update.actor, number, data.state, data.number_class
        )
        return Done(200, number_view(changed), tagged(changed.version))

    return await update.change(work)


@post(
    "/numbers/reservations",
    guards=[requires("inventory:write")],
    tags=TAGS,
    summary="Reserve numbers",
)
async def reserve(
    creation: NamedDependency[Call], data: JSONBody[NewReservation]
) -> Response[ReservationView]:
    """Keep numbers for somebody who is choosing; all that are asked for, or none."""

    async def work(connection: Connection) -> Done:
        reservation_id, numbers = await service.reserve(
            connection,
            creation.actor,
            number=data.msisdn,
            number_class=data.number_class,
            count=data.count,
            minutes=data.minutes,
        )
        return Done(201, ReservationView(reservation_id, [number_view(each) for each in numbers]))

    return await creation.change(work)


@delete(
    "/numbers/reservations/{reservation_id:uuid}",
    guards=[requires("inventory:write")],
    tags=TAGS,
    summary="End a reservation",
    status_code=200,
)
async def end_reservation(
    update: NamedDependency[Call], reservation_id: FromPath[UUID]
) -> Response[ReservationEnded]:
    """What it still holds is available again."""

    async def work(connection: Connection) -> Done:
        count = await service.end_reservation(connection, update.actor, reservation_id)
        return Done(200, ReservationEnded(count))

    return await update.change(work)


@get(
    "/numbers/policy",
    guards=[requires("inventory:read")],
    tags=TAGS,
    summary="The rules of the pool",
)
async def show_policy(call: NamedDependency[Call]) -> Response[NumberPolicyView]:
    """How long numbers rest and are reserved, and which are vain."""
    async with call.connection() as connection:
        policy = await store.policy_of(connection, call.tenant_id)
    return Response(policy_view(policy), headers=tagged(policy.version))


@put(
    "/numbers/policy",
    guards=[requires("inventory:write")],
    tags=TAGS,
    summary="Set the rules of the pool",
)
async def put_policy(
    update: NamedDependency[Call], data: JSONBody[NumberPolicyView]
) -> Response[NumberPolicyView]:
    """Classes hold for numbers that are added from then on."""

    async def work(connection: Connection) -> Done:
        present = await store.policy_of(connection, update.tenant_id)
        update.check_version(present.version)
        policy = await service.set_policy(connection, update.actor, data.policy())
        return Done(200, policy_view(policy), tagged(policy.version))

    return await update.change(work)


NUMBER_ROUTES: Final[list[Any]] = [
    add_numbers,
    list_numbers,
    show_number,
    change_number,
    reserve,
    end_reservation,
    show_policy,
    put_policy,
]
