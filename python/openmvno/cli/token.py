"""``openmvno token``: API tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from openmvno.cli.business import PANEL, run_business

if TYPE_CHECKING:
    from openmvno.database import Pool
    from openmvno.gateways.grpc.engine_client import GrpcEngineClient
    from openmvno.settings import Settings
    from openmvno.tenants import Token


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help="Make, list and revoke API tokens.")
    group.command()(create)
    group.command("list")(list_tokens)
    group.command()(revoke)
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


def list_tokens(
    tenant: Annotated[str, typer.Option(help="Code of the tenant.")] = "sample",
) -> None:
    """List the tokens of a tenant that are not revoked, with their ids and scopes.

    Example:

        openmvno token list --tenant sample
    """

    async def work(_: Settings, pool: Pool, __: GrpcEngineClient) -> list[Token]:
        from openmvno import tenants

        async with pool.connection() as connection:
            owner = await tenants.tenant_by_code(connection, tenant)
            return await tenants.list_tokens(connection, owner.tenant_id)

    for token in run_business("token", work):
        print(f"{token.token_id}  {token.name:<24} {' '.join(token.scopes)}")


def revoke(
    token_id: Annotated[UUID, typer.Argument(help="Id of the token, see `token list`.")],
    tenant: Annotated[str, typer.Option(help="Code of the tenant.")] = "sample",
) -> None:
    """Revoke a token: its next request is refused, on connections that are open, too.

    Example:

        openmvno token revoke 019a4f5e-6c00-7000-8000-00000000000a --tenant sample
    """

    async def work(_: Settings, pool: Pool, __: GrpcEngineClient) -> str:
        from openmvno import tenants
        from openmvno.actor import command_line_actor

        async with pool.connection() as connection:
            owner = await tenants.tenant_by_code(connection, tenant)
            actor = command_line_actor(owner.tenant_id, "token revoke")
            return await tenants.revoke_token(connection, actor, token_id)

    print(f"{run_business('token', work)} is revoked")


def scopes() -> None:
    """List the scopes a token may carry."""
    from openmvno.rest import SCOPES

    for scope, meaning in SCOPES.items():
        print(f"{scope:<20} {meaning}")
