"""``openmvno session``: charging sessions that run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from openmvno.cli.business import PANEL, run_business

if TYPE_CHECKING:
    from openmvno.database import Pool
    from openmvno.gateways.grpc.engine_client import GrpcEngineClient
    from openmvno.settings import Settings
    from openmvno.subscribers import OpenSessionView

HELP = "Charging sessions that run: list them, end them."


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help=HELP, rich_markup_mode="markdown")
    group.command("list")(list_sessions)
    group.command()(abort)
    app.add_typer(group, name="session", rich_help_panel=PANEL)


def list_sessions(
    msisdn: Annotated[str, typer.Argument(help="Number of the line, international digits.")],
    tenant: Annotated[str, typer.Option(help="Code of the tenant.")] = "sample",
    json: Annotated[bool, typer.Option("--json", help="Print the sessions as JSON.")] = False,
) -> None:
    """Show the open sessions of a line, live: gateway, since when, granted, used, money held.

    Exit status 1 when there is no such line.

    Example:

        openmvno session list 385910000001 --tenant sample
    """

    async def work(_: Settings, pool: Pool, engine: GrpcEngineClient) -> list[OpenSessionView]:
        from openmvno import subscribers, tenants

        async with pool.connection() as connection:
            owner = await tenants.tenant_by_code(connection, tenant)
            line = await subscribers.line_by_identity(connection, owner.tenant_id, "msisdn", msisdn)
        if line is None:
            raise subscribers.LineNotFound(
                f"There is no live line with the number {msisdn}.", field="msisdn"
            )
        return await subscribers.open_sessions(engine, owner.tenant_id, line)

    sessions = run_business("session", work)
    if json:
        import msgspec

        print(msgspec.json.format(msgspec.json.encode(sessions)).decode())
    elif sessions:
        _show(sessions)
    else:
        print("The line has no open session.")


def _show(sessions: list[OpenSessionView]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table()
    for title in ("session", "service", "gateway", "since", "group", "granted", "used"):
        table.add_column(title, overflow="fold")
    for title in ("charged", "reserved"):
        table.add_column(title, justify="right", no_wrap=True)
    for session in sessions:
        status = "" if session.status == "open" else f" ({session.status})"
        head = [
            escape(session.session_id),
            escape(f"{session.service}{status}"),
            escape(session.gateway),
            session.since.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
        ]
        for unit in session.units:
            group = "" if unit.rating_group is None else str(unit.rating_group)
            table.add_row(
                *head,
                group,
                str(unit.granted),
                str(unit.used),
                f"{unit.charged} {session.currency}",
                f"{unit.reserved} {session.currency}",
            )
            head = [""] * len(head)
    Console(highlight=False).print(table)


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
                raise subscribers.LineNotFound(
                    f"There is no live line with the number {msisdn}.", field="msisdn"
                )
            actor = command_line_actor(owner.tenant_id, "session abort")
            place = await subscribers.abort_sessions(connection, actor, line, session)
        [outcome] = await charging.settle(pool.connection, engine, [place])
        if outcome is not None and "error" in outcome:
            raise subscribers.SessionUnknown(str(outcome["message"]), field="session_id")
        return outcome

    outcome = run_business("session", work)
    if outcome is None:
        print("The engine ends the sessions as soon as it runs.")
    else:
        ended = outcome["sessions"]
        print("\n".join(ended) if ended else "The line has no open session.")
