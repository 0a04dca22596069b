"""Peer routes: for whoever runs the installation, not for its tenants."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from litestar import Response, delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from openmvno.charging import EngineClient, EngineNotReachable, EngineUnavailable
from openmvno.peers import configuration, service, store
from openmvno.peers.configuration import PeerFile
from openmvno.peers.errors import PeerNotFound
from openmvno.peers.model import DEFAULT_PROFILE, Peer
from openmvno.peers.schemas import ConnectionView, PeerIn, PeerView, ProfileView, peer_view
from openmvno.rest import Call, Done, requires
from openmvno.rest.call import Connection, tagged

TAGS: Final = ["Peers"]


def _file(call: Call) -> PeerFile:
    return configuration.read_peer_file(call.request.app.state.peer_file)


async def _in_force(call: Call, response: Response[Any]) -> Response[Any]:
    """The response, 202 when the engine has not taken the change yet."""
    engine: EngineClient = call.request.app.state.engine
    try:
        await engine.reload_peers()
    except EngineUnavailable:
        response.status_code = 202
    return response


@put(
    "/peers/{host:str}",
    guards=[requires("peers:write")],
    tags=TAGS,
    summary="Set a peer",
    opt={"also": {201: "It is new"}},
)
async def put_peer(
    update: NamedDependency[Call], host: FromPath[str], data: JSONBody[PeerIn]
) -> Response[PeerView]:
    """Create or replace a peer. It is in force when this is answered with 200 or 201; with 202 it
    will be as soon as the engine is there. Connections that it does not allow any more are ended
    by a Disconnect-Peer-Request.
    """
    file = _file(update)

    async def work(connection: Connection) -> Done:
        present = await store.peer_of(connection, host, lock=True)
        update.check_version(present.version or 0 if present else 0)
        wanted = Peer(
            host,
            data.addresses,
            data.certificate,
            data.connections,
            data.profile,
            data.enabled,
            data.note,
        )
        peer = await service.set_peer(connection, update.actor, file, wanted)
        status = 200 if present else 201
        return Done(status, peer_view(peer), tagged(peer.version or 0))

    return await _in_force(update, await update.change(work))


@delete(
    "/peers/{host:str}",
    guards=[requires("peers:write")],
    tags=TAGS,
    summary="Remove a peer",
    status_code=200,
)
async def delete_peer(update: NamedDependency[Call], host: FromPath[str]) -> Response[PeerView]:
    """Remove a peer of the database; its connections are ended by a Disconnect-Peer-Request."""
    file = _file(update)

    async def work(connection: Connection) -> Done:
        present = await store.peer_of(connection, host, lock=True)
        update.check_version(present.version or 0 if present else 0)
        peer = await service.remove_peer(connection, update.actor, file, host)
        return Done(200, peer_view(peer))

    return await _in_force(update, await update.change(work))


@get("/peers", guards=[requires("peers:read")], tags=TAGS, summary="List peers")
async def list_peers(call: NamedDependency[Call]) -> list[PeerView]:
    """All peers in force, by host. While there is none, every peer may connect, unless the
    installation is closed by its settings.
    """
    file = _file(call)
    async with call.connection() as connection:
        peers = await service.list_peers(connection, file)
    return [peer_view(peer) for peer in peers]


@get("/peers/{host:str}", guards=[requires("peers:read")], tags=TAGS, summary="One peer")
async def show_peer(call: NamedDependency[Call], host: FromPath[str]) -> Response[PeerView]:
    """A peer, with the ETag that a change may name."""
    file = _file(call)
    async with call.connection() as connection:
        peers = await service.list_peers(connection, file)
    for peer in peers:
        if peer.host == host.lower():
            headers = {} if peer.version is None else tagged(peer.version)
            return Response(peer_view(peer), headers=headers)
    raise PeerNotFound(f"There is no peer {host[:100]!r}.", field="host")


@get(
    "/peer-connections",
    guards=[requires("peers:read")],
    tags=TAGS,
    summary="Who is connected",
)
async def list_connections(call: NamedDependency[Call]) -> list[ConnectionView]:
    """The open Diameter connections of the engine, oldest first."""
    engine: EngineClient = call.request.app.state.engine
    try:
        found = await engine.peer_connections()
    except EngineUnavailable as error:
        raise EngineNotReachable from error
    return [
        ConnectionView(**{**each, "since": datetime.fromtimestamp(each["since"] / 1000, UTC)})
        for each in found
    ]


@get("/peer-profiles", guards=[requires("peers:read")], tags=TAGS, summary="List profiles")
async def list_profiles(call: NamedDependency[Call]) -> list[ProfileView]:
    """How kinds of gateways differ: the profiles a peer may name."""
    profiles = {DEFAULT_PROFILE: {}, **_file(call).profiles}
    return [ProfileView(name, content) for name, content in profiles.items()]


PEER_ROUTES: Final[list[Any]] = [
    put_peer,
    delete_peer,
    list_peers,
    show_peer,
    list_connections,
    list_profiles,
]
