"""``openmvno session``: charging sessions that run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from openmvno.cli.business import PANEL, run_business

if TYPE_CHECKING:
    from openmvno.database import Pool
    from openmvno.gateways.grpc.engine_client import GrpcEngineClient
    from openmvno.settings import Settings

HELP = "Charging sessions that run: end them."


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help=HELP, rich_markup_mode="markdown")
    group.callback()(_group)
    group.command()(abort)
    app.add_typer(group, name="session", rich_help_panel=PANEL)


def _group() -> None:
    """Keep ``abort`` a command of its own while it is the only one."""


def abort(
    msisdn: Annotated[str, typer.Argument(help="Number of the line, international digits.")],
    session: Annotated[
        str | None, typer.Option("--session", help="Session-Id; not given: all that are open.")
    ] = None,
    tenant: Annotated[str, typer.Option(help="Code of the tenant.")] = "sample",
) -> None:
    """Have the gateway end sessions of a line; nothing more is granted in them.

    Prints the Session-Ids. A session ends when its gateway reports what was used last, or after a
    time of silence. Exit status 1 when there is no such line or session.

    Example:

        openmvno session abort 385910000001 --tenant sample
    """

    async def work(_: Settings, pool: Pool, engine: GrpcEngineClient) -> dict[str, Any] | None:
        from openmvno import charging, subscribers, tenants
        from openmvno.actor import command_line_actor

        async with pool.connection() as connection:
            owner = await tenants.tenant_by_code(connection, tenant)
            line = await subscribers.line_by_identity(connection, owner.tenant_id, "msisdn", msisdn)
            if line is None:
                raise subscribers.LineNotFound(f"There is no live line with the number {msisdn}.")
            actor = command_line_actor(owner.tenant_id, "session abort")
            place = await subscribers.abort_sessions(connection, actor, line, session)
        [outcome] = await charging.settle(pool.connection, engine, [place])
        if outcome is not None and "error" in outcome:
            raise subscribers.SessionUnknown(str(outcome["message"]))
        return outcome

    outcome = run_business("session", work)
    if outcome is None:
        print("The engine ends the sessions as soon as it runs.")
    else:
        ended = outcome["sessions"]
        print("\n".join(ended) if ended else "The line has no open session.")
