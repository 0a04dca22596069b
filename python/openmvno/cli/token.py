"""``openmvno token``: API tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from openmvno.cli.business import PANEL, run_business
from openmvno.cli.moments import shown

if TYPE_CHECKING:
    from openmvno.access.model import Token
    from openmvno.database import Pool
    from openmvno.gateways.grpc.engine_client import GrpcEngineClient
    from openmvno.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help="Make, list and revoke API tokens.")
    group.command()(create)
    group.command(name="list")(list_tokens)
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
    from openmvno import access, tenants
    from openmvno.actor import command_line_actor
    from openmvno.rest import TENANT_SCOPES

    wanted = [each for each in scope if each != "all"]
    if "all" in scope:
        wanted += [each for each in TENANT_SCOPES if each not in wanted]

    async def work(_: Settings, pool: Pool, __: GrpcEngineClient) -> str:
        async with pool.connection() as connection:
            owner = await tenants.tenant_by_code(connection, tenant)
            actor = command_line_actor(owner.tenant_id, "token create")
            return await access.create_token(connection, actor, name, wanted)

    print(run_business("token", work))


def list_tokens(tenant: Annotated[str, typer.Option(help="Code of the tenant.")]) -> None:
    """List a tenant's tokens, the newest first.

    Example:

        openmvno token list --tenant sample
    """
    from openmvno import access, tenants

    async def work(_: Settings, pool: Pool, __: GrpcEngineClient) -> list[Token]:
        async with pool.connection() as connection:
            owner = await tenants.tenant_by_code(connection, tenant)
            return await access.list_tokens(connection, owner.tenant_id)

    for token in run_business("token", work):
        state = "valid" if token.revoked_at is None else f"revoked {shown(token.revoked_at)}"
        print(f"{token.token_id}  {shown(token.created_at)}  {state:<28} {token.name}")


def revoke(
    token: Annotated[UUID, typer.Argument(help="Its id, as `openmvno token list` shows it.")],
    tenant: Annotated[str, typer.Option(help="Code of the tenant.")],
) -> None:
    """Revoke a token: no request with it passes any more.

    Example:

        openmvno token revoke 0190a5d2-7c6e-7b1f-8a34-5d0f3c2b1a90 --tenant sample
    """
    from openmvno import access, tenants
    from openmvno.actor import command_line_actor

    async def work(_: Settings, pool: Pool, __: GrpcEngineClient) -> Token:
        async with pool.connection() as connection:
            owner = await tenants.tenant_by_code(connection, tenant)
            actor = command_line_actor(owner.tenant_id, "token revoke")
            return await access.revoke_token(connection, actor, token)

    revoked = run_business("token", work)
    print(f"The token {revoked.name!r} is revoked.")


def scopes() -> None:
    """List the scopes a token may carry."""
    from openmvno.rest import SCOPES

    for scope, meaning in SCOPES.items():
        print(f"{scope:<20} {meaning}")
