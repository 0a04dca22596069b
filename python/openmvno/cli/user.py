"""``openmvno user``: the first users of a tenant, and those that locked themselves out."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from openmvno.cli.business import PANEL, run_business

if TYPE_CHECKING:
    from openmvno.access.model import User
    from openmvno.database import Pool
    from openmvno.gateways.grpc.engine_client import GrpcEngineClient
    from openmvno.settings import Settings

Tenant = Annotated[str, typer.Option(help="Code of the tenant.")]
Login = Annotated[str, typer.Argument(help="What the user logs in with.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help="Users; see docs/access.md.")
    group.command()(create)
    group.command()(unlock)
    app.add_typer(group, name="user", rich_help_panel=PANEL)


def create(
    login: Login,
    tenant: Tenant,
    role: Annotated[list[str], typer.Option(help="A role; repeat it.")],
    realm: Annotated[str, typer.Option(help="admin or care.")] = "admin",
    name: Annotated[str, typer.Option(help="Name for people; the login otherwise.")] = "",
) -> None:
    """Make a user; the password is read from standard input.

    Example:

        openmvno user create ana@mvno.example --tenant sample --role administrator < password
    """
    from openmvno import access, tenants
    from openmvno.access.model import NewUser
    from openmvno.actor import command_line_actor

    if realm not in ("admin", "care"):
        raise typer.BadParameter("give admin or care", param_hint="--realm")
    if sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    wanted = NewUser(login.strip().lower(), name or login, realm, role)

    async def work(_: Settings, pool: Pool, __: GrpcEngineClient) -> User:
        async with pool.connection() as connection:
            owner = await tenants.tenant_by_code(connection, tenant)
            actor = command_line_actor(owner.tenant_id, "user create")
            return await access.create_user(connection, actor, wanted, password)

    user = run_business("user", work)
    print(f"{user.login} can log in ({user.user_id}).")


def unlock(login: Login, tenant: Tenant) -> None:
    """Forget the failed logins of a user.

    Example:

        openmvno user unlock ana@mvno.example --tenant sample
    """
    from openmvno import access, tenants
    from openmvno.actor import command_line_actor

    async def work(_: Settings, pool: Pool, __: GrpcEngineClient) -> None:
        async with pool.connection() as connection:
            owner = await tenants.tenant_by_code(connection, tenant)
            user = await access.user_by_login(connection, owner.tenant_id, login)
            actor = command_line_actor(owner.tenant_id, "user unlock")
            await access.unlock_login(connection, actor, user)

    run_business("user", work)
    print(f"{login} can try again.")
