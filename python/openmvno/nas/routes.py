"""Routes for RADIUS clients and line passwords."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from litestar import Response, delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from openmvno.nas import passwords, service, store
from openmvno.nas.errors import RadiusClientNotFound
from openmvno.nas.schemas import PasswordIn, RadiusClientIn, RadiusClientView, client_view
from openmvno.provisioning import Sealer
from openmvno.rest import Call, Done, requires
from openmvno.rest.call import Connection, tagged
from openmvno.subscribers import find_line

TAGS: Final = ["Network access"]


@put(
    "/radius-clients/{name:str}",
    guards=[requires("network:write")],
    tags=TAGS,
    summary="Set a RADIUS client",
    opt={"also": {201: "It is new"}},
)
async def put_radius_client(
    update: NamedDependency[Call], name: FromPath[str], data: JSONBody[RadiusClientIn]
) -> Response[RadiusClientView]:
    """Create or replace a client of the installation; it holds within a second."""
    sealer: Sealer = update.request.app.state.sealer

    async def work(connection: Connection) -> Done:
        present = await store.client_by_name(connection, name, lock=True)
        update.check_version(present.version if present else 0)
        client = await service.set_client(
            connection, update.actor, sealer, name, data.terms(), data.secret
        )
        status = 200 if present else 201
        return Done(status, client_view(client), tagged(client.version))

    return await update.change(work)


@get(
    "/radius-clients",
    guards=[requires("network:read")],
    tags=TAGS,
    summary="List RADIUS clients",
)
async def list_radius_clients(call: NamedDependency[Call]) -> list[RadiusClientView]:
    """All clients; secrets are never shown."""
    async with call.connection() as connection:
        clients = await store.list_clients(connection)
    return [client_view(client) for client in clients]


@get(
    "/radius-clients/{name:str}",
    guards=[requires("network:read")],
    tags=TAGS,
    summary="One RADIUS client",
)
async def show_radius_client(
    call: NamedDependency[Call], name: FromPath[str]
) -> Response[RadiusClientView]:
    """A client, with the ETag that a change may name."""
    async with call.connection() as connection:
        client = await store.client_by_name(connection, name)
    if client is None:
        raise RadiusClientNotFound(f"There is no client {name[:60]!r}.", field="name")
    return Response(client_view(client), headers=tagged(client.version))


@delete(
    "/radius-clients/{name:str}",
    guards=[requires("network:write")],
    tags=TAGS,
    summary="Remove a RADIUS client",
    status_code=204,
)
async def delete_radius_client(update: NamedDependency[Call], name: FromPath[str]) -> None:
    """Its datagrams are dropped from then on."""
    async with update.connection() as connection:
        present = await store.client_by_name(connection, name, lock=True)
        update.check_version(present.version if present else 0)
        await service.remove_client(connection, update.actor, name)


@put(
    "/lines/{line_id:uuid}/password",
    guards=[requires("customers:write")],
    tags=TAGS,
    summary="Set the password a line logs in with",
    status_code=204,
)
async def put_line_password(
    update: NamedDependency[Call], line_id: FromPath[UUID], data: JSONBody[PasswordIn]
) -> None:
    """For RADIUS (PAP and CHAP); it is kept sealed and cannot be read again."""
    sealer: Sealer = update.request.app.state.sealer
    async with update.connection() as connection:
        await find_line(connection, update.tenant_id, line_id, lock=True)
        await passwords.set_password(connection, update.actor, sealer, line_id, data.password)


@delete(
    "/lines/{line_id:uuid}/password",
    guards=[requires("customers:write")],
    tags=TAGS,
    summary="Take the password of a line away",
    status_code=204,
)
async def delete_line_password(update: NamedDependency[Call], line_id: FromPath[UUID]) -> None:
    """Only trusted RADIUS clients let the line in then."""
    async with update.connection() as connection:
        await find_line(connection, update.tenant_id, line_id, lock=True)
        await passwords.remove_password(connection, update.actor, line_id)


NAS_ROUTES: Final[list[Any]] = [
    put_radius_client,
    list_radius_clients,
    show_radius_client,
    delete_radius_client,
    put_line_password,
    delete_line_password,
]
