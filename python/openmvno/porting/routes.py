"""Porting routes."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from openmvno.porting import service, store
from openmvno.porting.schemas import (
    NewPort,
    PortCancellation,
    PortHistory,
    PortMessage,
    PortView,
    notice_view,
    port_view,
    step_view,
)
from openmvno.rest import Call, Done, Page, PageRequest, page_of, requires
from openmvno.rest.call import Connection, tagged

TAGS: Final = ["Porting"]


@post("/ports", guards=[requires("porting:write")], tags=TAGS, summary="Ask for a number")
async def request_port(
    creation: NamedDependency[Call], data: JSONBody[NewPort]
) -> Response[PortView]:
    """Bring a number of another operator here; the clearing house is told by the outbox."""

    async def work(connection: Connection) -> Done:
        port = await service.request_port_in(
            connection,
            creation.actor,
            data.msisdn,
            data.donor,
            data.line_id,
            data.scheduled_at,
        )
        return Done(201, port_view(port), tagged(port.version, f"/v1/ports/{port.port_id}"))

    return await creation.change(work)


@get("/ports", guards=[requires("porting:read")], tags=TAGS, summary="List ports")
async def list_ports(
    call: NamedDependency[Call],
    page: NamedDependency[PageRequest],
    port_state: Annotated[
        Literal[
            "requested",
            "validated",
            "scheduled",
            "activated",
            "rejected",
            "cancelled",
            "returned",
        ]
        | None,
        QueryParameter(name="state", description="Only those in this state"),
    ] = None,
    msisdn: Annotated[str | None, QueryParameter(description="Of this number")] = None,
) -> Page[PortView]:
    """Numbers that come and go, from the newest on."""
    async with call.connection() as connection:
        rows = await store.list_ports(
            connection,
            call.tenant_id,
            state=port_state,
            number=msisdn,
            before=page.after(UUID),
            limit=page.rows,
        )
    return page_of(rows, page, port_view, lambda port: port.port_id)


@get("/ports/{port_id:uuid}", guards=[requires("porting:read")], tags=TAGS, summary="One port")
async def show_port(call: NamedDependency[Call], port_id: FromPath[UUID]) -> Response[PortView]:
    """A port and how far it has come."""
    async with call.connection() as connection:
        port = await service.find_port(connection, call.tenant_id, port_id)
    return Response(port_view(port), headers=tagged(port.version))


@get(
    "/ports/{port_id:uuid}/history",
    guards=[requires("porting:read")],
    tags=TAGS,
    summary="What happened with a port",
)
async def show_history(call: NamedDependency[Call], port_id: FromPath[UUID]) -> PortHistory:
    """The states it came to, and what the clearing house and others were told."""
    async with call.connection() as connection:
        port = await service.find_port(connection, call.tenant_id, port_id)
        steps, notices = await service.history_of(connection, port, call.tenant_id)
    return PortHistory([step_view(each) for each in steps], [notice_view(each) for each in notices])


@post(
    "/ports/{port_id:uuid}/cancel",
    guards=[requires("porting:write")],
    tags=TAGS,
    summary="Give a port up",
    status_code=200,
)
async def cancel_port(
    creation: NamedDependency[Call], port_id: FromPath[UUID], data: JSONBody[PortCancellation]
) -> Response[PortView]:
    """A port to us, until it is done."""

    async def work(connection: Connection) -> Done:
        port = await service.find_port(connection, creation.tenant_id, port_id, lock=True)
        cancelled = await service.cancel(connection, creation.actor, port, data.reason)
        return Done(200, port_view(cancelled), tagged(cancelled.version))

    return await creation.change(work)


@post(
    "/ports/messages",
    guards=[requires("porting:exchange")],
    tags=TAGS,
    summary="A message of the clearing house",
    status_code=200,
)
async def take_message(
    creation: NamedDependency[Call], data: JSONBody[PortMessage]
) -> Response[PortView]:
    """Answers the port as it is then; the same message again changes nothing. A number asked for is
    accepted or rejected at once, and the clearing house told so by the outbox."""

    async def work(connection: Connection) -> Done:
        port = await service.hear(connection, creation.actor, data.heard())
        return Done(200, port_view(port))

    return await creation.change(work)


PORTING_ROUTES: Final[list[Any]] = [
    request_port,
    list_ports,
    show_port,
    show_history,
    cancel_port,
    take_message,
]
