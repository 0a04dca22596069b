"""``openmvno token``: API tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from openmvno.cli.business import PANEL, run_business

if TYPE_CHECKING:
    from openmvno.database import Pool
    from openmvno.gateways.grpc.engine_client import GrpcEngineClient
    from openmvno.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help="Make API tokens.")
    group.command()(create)
    group.command()(scopes)
    app.add_typer(group, name="token", rich_help_panel=PANEL)


def create(
    tenant: Annotated[str, typer.Option(help="Code of the tenant.")],
    scope: Annotated[list[str], typer.Option(help="A scope; repeat it. all: the tenant's.")],
    name: Annotated[str, typer.Option(help="What the token is for.")] = "command line",
) -> None:
    """Make a token and print it; it cannot be read again later.

    Example:

        openmvno token create --tenant sample --scope balance:read --name "USSD gateway"
    """
    from openmvno import tenants
    from openmvno.actor import command_line_actor
    from openmvno.rest import TENANT_SCOPES

    wanted = [each for each in scope if each != "all"]
    if "all" in scope:
        wanted += [each for each in TENANT_SCOPES if each not in wanted]

    async def work(_: Settings, pool: Pool, __: GrpcEngineClient) -> str:
        async with pool.connection() as connection:
            owner = await tenants.tenant_by_code(connection, tenant)
            actor = command_line_actor(owner.tenant_id, "token create")
            return await tenants.create_token(connection, actor, name, wanted)

    print(run_business("token", work))


def scopes() -> None:
    """List the scopes a token may carry."""
    from openmvno.rest import SCOPES

    for scope, meaning in SCOPES.items():
        print(f"{scope:<20} {meaning}")
