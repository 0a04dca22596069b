"""``openmvno peer``: who may connect by Diameter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from openmvno.cli.business import run_business

if TYPE_CHECKING:
    from openmvno.actor import Actor
    from openmvno.database import Pool
    from openmvno.gateways.grpc.engine_client import GrpcEngineClient
    from openmvno.peers import Peer
    from openmvno.settings import Settings

PANEL = "Operate"

Host = Annotated[str, typer.Argument(help="An Origin-Host, *.realm, or * for every one.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help="Diameter peers: who may connect, and how.")
    group.command()(add)
    group.command("list")(list_)
    group.command()(remove)
    group.command()(enable)
    group.command()(disable)
    group.command()(connections)
    group.command()(profiles)
    app.add_typer(group, name="peer", rich_help_panel=PANEL)


def add(
    host: Host,
    address: Annotated[
        list[str] | None,
        typer.Option(help="Address or CIDR range it may connect from; repeat it. None: any."),
    ] = None,
    certificate: Annotated[
        str | None, typer.Option(help="A name that its TLS certificate must have.")
    ] = None,
    connections: Annotated[int, typer.Option(help="Most connections at the same time.")] = 16,
    profile: Annotated[str, typer.Option(help="What kind of gateway it is.")] = "standard",
    note: Annotated[str, typer.Option(help="For people.")] = "",
    disabled: Annotated[bool, typer.Option("--disabled", help="Keep it out for now.")] = False,
) -> None:
    """Let a peer connect, or change how it may; takes effect at once, without a restart.

    The first peer closes the installation to all others.

    Example:

        openmvno peer add gw1.epc.example.net --address 192.0.2.0/24 --profile open5gs-smf
    """
    from openmvno.peers import Peer

    peer = Peer(
        host, address or [], certificate, connections, profile, enabled=not disabled, note=note
    )
    print(_change(lambda work: _set(work, peer)))


def remove(host: Host) -> None:
    """Remove a peer; its connections are ended by a Disconnect-Peer-Request.

    Example:

        openmvno peer remove gw1.epc.example.net
    """
    print(_change(lambda work: _remove(work, host)))


def enable(host: Host) -> None:
    """Let a disabled peer connect again."""
    print(_change(lambda work: _switch(work, host, enabled=True)))


def disable(host: Host) -> None:
    """Keep a peer out and end its connections, but remember it."""
    print(_change(lambda work: _switch(work, host, enabled=False)))


def list_() -> None:
    """List the peers of file and database; those of the file win."""
    from openmvno import peers

    async def work(settings: Settings, pool: Pool, _: GrpcEngineClient) -> list[Peer]:
        file = peers.read_peer_file(settings.diameter_peers_file)
        async with pool.connection() as connection:
            return await peers.list_peers(connection, file)

    found = run_business("peer", work)
    if not found:
        print("No peer is configured: every Diameter peer may connect, unless")
        print(
            "OPENMVNO_DIAMETER_OPEN_WHEN_EMPTY is false. `openmvno peer add` closes it to others."
        )
        return
    rows = [
        (
            peer.host,
            ", ".join(peer.addresses) or "any address",
            peer.profile,
            f"{peer.connections} connections",
            "enabled" if peer.enabled else "disabled",
            peer.source,
            peer.certificate or "",
            peer.note,
        )
        for peer in found
    ]
    _print_table(rows)


def connections() -> None:
    """List who is connected now."""

    async def work(_: Settings, __: Pool, engine: GrpcEngineClient) -> list[dict[str, Any]]:
        return await engine.peer_connections()

    from openmvno.charging import EngineUnavailable

    try:
        found = run_business("peer", work)
    except EngineUnavailable as error:
        raise SystemExit(f"openmvno: the engine does not answer: {error}") from error
    _print_table(
        [
            (
                each["origin_host"] or "(no CER yet)",
                each["address"],
                each["peer"] or "",
                each["profile"] or "",
                "TLS" if each["secure"] else "TCP",
                each["state"],
            )
            for each in found
        ]
    )


def profiles() -> None:
    """List the gateway profiles a peer may have, with what each changes."""
    import yaml

    from openmvno.peers import read_peer_file
    from openmvno.settings import load_settings

    print("standard:\n  description: As the standards say.")
    for name, content in read_peer_file(load_settings().diameter_peers_file).profiles.items():
        print(yaml.safe_dump({name: content}, sort_keys=False, width=100), end="")


# -- behind the commands ---------------------------------------------------------------------------


class _Work:
    """An open transaction of the installation's operator."""

    def __init__(self, settings: Settings, connection: Any) -> None:
        from openmvno import peers
        from openmvno.actor import command_line_actor

        self.connection = connection
        self.file = peers.read_peer_file(settings.diameter_peers_file)
        # Peers belong to no tenant, and neither does who changes them here.
        self.actor: Actor = command_line_actor(UUID(int=0), "peer")


async def _set(work: _Work, peer: Peer) -> str:
    from openmvno import peers

    written = await peers.set_peer(work.connection, work.actor, work.file, peer)
    return f"{written.host} may connect" if written.enabled else f"{written.host} is kept out"


async def _remove(work: _Work, host: str) -> str:
    from openmvno import peers

    removed = await peers.remove_peer(work.connection, work.actor, work.file, host)
    return f"{removed.host} is removed"


async def _switch(work: _Work, host: str, *, enabled: bool) -> str:
    from dataclasses import replace

    from openmvno import peers

    peer = await peers.peer_of(work.connection, host, lock=True)
    if peer is None:
        raise peers.PeerNotFound(f"There is no peer {host!r} in the database.", field="host")
    return await _set(work, replace(peer, enabled=enabled))


def _change(what: Any) -> str:
    """Change the peers in one transaction and have the engine take it."""
    from openmvno.charging import EngineUnavailable

    async def work(settings: Settings, pool: Pool, engine: GrpcEngineClient) -> str:
        async with pool.connection() as connection:
            done: str = await what(_Work(settings, connection))
        try:
            await engine.reload_peers()
        except EngineUnavailable:
            return f"{done} as soon as the engine runs."
        return f"{done}."

    return run_business("peer", work)


def _print_table(rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))] if rows else []
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print(line.rstrip())
