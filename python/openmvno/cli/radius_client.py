"""``openmvno radius-client``: the access servers that may talk to us."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from openmvno.cli.business import PANEL, run_business

if TYPE_CHECKING:
    from openmvno.actor import Actor
    from openmvno.database import Pool
    from openmvno.gateways.grpc.engine_client import GrpcEngineClient
    from openmvno.settings import Settings

Tenant = Annotated[str, typer.Option(help="Code of the tenant whose audit log keeps it.")]
Name = Annotated[str, typer.Argument(help="Name of the client.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help="RADIUS clients; see docs/radius.md.")
    group.command(name="set")(set_client)
    group.command(name="list")(list_clients)
    group.command(name="remove")(remove_client)
    app.add_typer(group, name="radius-client", rich_help_panel=PANEL)


def set_client(
    name: Name,
    tenant: Tenant,
    network: Annotated[str, typer.Option(help="IP address or CIDR block.")],
    service: Annotated[str, typer.Option(help="Code of the service it gives access to.")],
    message_authenticator: Annotated[
        bool, typer.Option(help="Drop an Access-Request without Message-Authenticator.")
    ] = True,
    trusted: Annotated[bool, typer.Option(help="Let users in without a password.")] = False,
    rating_group: Annotated[int | None, typer.Option(help="Of the service's prices.")] = None,
    called_station: Annotated[str, typer.Option(help="access_point, number, nothing.")] = "nothing",
    reserve: Annotated[str, typer.Option(help="all, share.")] = "all",
    vendor: Annotated[str, typer.Option(help="none, mikrotik, chillispot.")] = "none",
    coa_port: Annotated[int | None, typer.Option(help="UDP port for Disconnect and CoA.")] = None,
    interim_seconds: Annotated[int | None, typer.Option(help="How often it reports.")] = None,
    idle_seconds: Annotated[int | None, typer.Option(help="When an idle session ends.")] = None,
    enabled: Annotated[bool, typer.Option(help="Serve it.")] = True,
    keep_secret: Annotated[bool, typer.Option(help="Leave the secret as it is.")] = False,
) -> None:
    """Create or replace a client; its secret is read from standard input.

    Example:

        openmvno radius-client set hotspot --tenant sample --network 192.0.2.7 --service data < file
    """
    import msgspec

    from openmvno import nas
    from openmvno.nas.schemas import RadiusClientIn
    from openmvno.provisioning import Sealer

    secret = None if keep_secret else sys.stdin.read().rstrip("\n")
    document = {
        "network": network,
        "service": service,
        "message_authenticator": message_authenticator,
        "trusted": trusted,
        "rating_group": rating_group,
        "called_station": called_station,
        "reserve": reserve,
        "vendor": vendor,
        "coa_port": coa_port,
        "interim_seconds": interim_seconds,
        "idle_seconds": idle_seconds,
        "enabled": enabled,
    }
    try:
        wanted = msgspec.convert(document, RadiusClientIn)
    except msgspec.ValidationError as error:
        raise typer.BadParameter(str(error)) from error

    async def work(settings: Settings, pool: Pool, _: GrpcEngineClient) -> int:
        sealer = Sealer.from_settings(settings)
        async with pool.connection() as connection:
            actor = await _actor(pool, tenant, "radius-client set")
            client = await nas.set_client(connection, actor, sealer, name, wanted.terms(), secret)
        return client.version

    print(f"{name} is set, version {run_business('radius-client', work)}")


def list_clients() -> None:
    """List the clients; secrets are never shown.

    Example:

        openmvno radius-client list
    """
    from openmvno import nas

    async def work(_: Settings, pool: Pool, __: GrpcEngineClient) -> list[str]:
        async with pool.connection() as connection:
            clients = await nas.list_clients(connection)
        return [
            f"{client.name:<32} {client.terms.network!s:<20} {client.terms.service:<16}"
            f" {'served' if client.terms.enabled else 'not served'}"
            for client in clients
        ]

    for line in run_business("radius-client", work):
        print(line)


def remove_client(name: Name, tenant: Tenant) -> None:
    """Remove a client: its datagrams are dropped from then on.

    Example:

        openmvno radius-client remove hotspot --tenant sample
    """
    from openmvno import nas

    async def work(_: Settings, pool: Pool, __: GrpcEngineClient) -> None:
        actor = await _actor(pool, tenant, "radius-client remove")
        async with pool.connection() as connection:
            await nas.remove_client(connection, actor, name)

    run_business("radius-client", work)
    print(f"{name} is removed")


async def _actor(pool: Pool, tenant: str, command: str) -> Actor:
    from openmvno import tenants
    from openmvno.actor import command_line_actor

    async with pool.connection() as connection:
        owner = await tenants.tenant_by_code(connection, tenant)
    return command_line_actor(owner.tenant_id, command)
