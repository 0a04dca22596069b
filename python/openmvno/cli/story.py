"""``openmvno story``: the ten steps from catalogue to balance request, played for real."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from openmvno.settings import Settings
    from openmvno.story.play import Endpoints

TENANT = "story"


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(rich_help_panel="Try")(story)


def story(
    start: Annotated[
        bool, typer.Option("--start", help="Bring a system up in a temporary folder for it.")
    ] = False,
    api: Annotated[str, typer.Option(help="URL of the REST API.")] = "",
    diameter: Annotated[str, typer.Option(help="Diameter address as HOST:PORT.")] = "",
    token: Annotated[
        str, typer.Option(help="Token of the tenant to play in; none: a tenant 'story' is made.")
    ] = "",
    replace_catalog: Annotated[
        bool, typer.Option("--replace-catalog", help="Publish over the tenant's own catalogue.")
    ] = False,
    kind: Annotated[str, typer.Option("--as", help="Which MVNO to be: full, thin, ott.")] = "ott",
    hlr: Annotated[
        str,
        typer.Option(help="Of a full one: the OsmoHLR as osmo-hlr://HOST:PORT; none: its own."),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Watch a call, a message and a data session being charged, step by step.

    The network's part is played by an independent Diameter client over TCP. Without options it
    plays against the system running on this machine. Exit status 1 when a step did not hold.

    Examples:

        openmvno story

        openmvno story --start --json

        openmvno story --start --as full

        openmvno story --api http://127.0.0.1:8080 --diameter 127.0.0.1:3868 --token omv_…
    """
    from openmvno.provisioning.configurations import NAMES
    from openmvno.settings import load_settings
    from openmvno.story.play import StoryError, open_network, play
    from openmvno.story.report import Report
    from openmvno.story.system import endpoints, temporary_system, tenant_token

    if kind not in NAMES:
        raise typer.BadParameter(f"use one of {', '.join(NAMES)}", param_hint="--as")
    report = Report(as_json=as_json)
    try:
        network = open_network(kind, hlr or None)
        if start:
            report.say("Bringing a system up in a temporary folder …")
            with temporary_system() as settings:
                where = endpoints(settings, tenant_token(settings, TENANT))
                held = play(where, report, network)
        else:
            where = _given(load_settings(), api, diameter, token)
            held = play(where, report, network, replace_catalog=replace_catalog)
    except StoryError as error:
        typer.echo(f"openmvno: {error}", err=True)
        raise typer.Exit(1) from error
    raise typer.Exit(0 if held else 1)


def _given(settings: Settings, api: str, diameter: str, token: str) -> Endpoints:
    from dataclasses import replace

    from openmvno.story.system import endpoints, tenant_token

    where = endpoints(settings, token or tenant_token(settings, TENANT))
    if api:
        where = replace(where, api_url=api)
    if diameter:
        host, _, port = diameter.rpartition(":")
        if not host or not port.isdigit():
            raise typer.BadParameter("HOST:PORT is expected", param_hint="--diameter")
        where = replace(where, diameter_address=host, diameter_port=int(port))
    return where
