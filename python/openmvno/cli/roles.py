"""``openmvno up`` and the roles it supervises: ``charge``, ``serve``, ``work``, ``radius``."""

from __future__ import annotations

import importlib
from typing import Annotated

import typer

ROLE_MODULES = {
    "charge": "openmvno.charging.process",
    "serve": "openmvno.web.process",
    "work": "openmvno.work.process",
    "radius": "openmvno.gateways.radius.process",
}

PANEL = "Run"


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(rich_help_panel=PANEL)(up)
    app.command(rich_help_panel=PANEL)(charge)
    app.command(rich_help_panel=PANEL)(serve)
    app.command(rich_help_panel=PANEL)(work)
    app.command(rich_help_panel=PANEL)(radius)


def up(
    sample: Annotated[
        bool, typer.Option("--sample/--no-sample", help="Load the sample operator.")
    ] = True,
) -> None:
    """Run everything on this machine: PostgreSQL, charge, serve, work, radius.

    Ctrl-C stops it in order; the next start finds all data again.

    Examples:

        openmvno up

        OPENMVNO_DATA_DIR=/srv/openmvno OPENMVNO_HTTP_PORT=9080 openmvno up --no-sample
    """
    from openmvno.settings import load_settings
    from openmvno.supervisor import bring_up
    from openmvno.telemetry import configure_logging

    settings = load_settings()
    configure_logging(settings, "up")
    raise typer.Exit(bring_up(settings, with_sample=sample))


def charge() -> None:
    """Run the charging engine: Diameter door, journal, internal gRPC.

    Example:

        OPENMVNO_DATABASE_URL=postgresql://openmvno@db/openmvno openmvno charge
    """
    _run_role("charge")


def serve() -> None:
    """Run the REST API and the public gRPC.

    Example:

        OPENMVNO_DATABASE_URL=postgresql://openmvno@db/openmvno openmvno serve
    """
    _run_role("serve")


def work() -> None:
    """Run the materialiser, the outbox's deliveries and housekeeping.

    Example:

        OPENMVNO_DATABASE_URL=postgresql://openmvno@db/openmvno openmvno work
    """
    _run_role("work")


def radius() -> None:
    """Run the RADIUS door: authentication, accounting, disconnects.

    Example:

        OPENMVNO_DATABASE_URL=postgresql://openmvno@db/openmvno openmvno radius
    """
    _run_role("radius")


def _run_role(role: str) -> None:
    from openmvno.database import connection_url, schema
    from openmvno.readiness import stop_with_supervisor
    from openmvno.settings import load_settings
    from openmvno.telemetry import configure_logging, configure_telemetry

    stop_with_supervisor()
    settings = load_settings()
    configure_logging(settings, role)
    schema.check_schema(connection_url(settings))
    telemetry = configure_telemetry(role)
    try:
        status = importlib.import_module(ROLE_MODULES[role]).main(settings)
    finally:
        telemetry.shutdown()
    raise typer.Exit(status)
