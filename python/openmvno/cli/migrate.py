"""``openmvno migrate``: bring the database's schema to this release's version."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(rich_help_panel="Operate")(migrate)


def migrate() -> None:
    """Bring the database's schema to the version this release works with.

    The embedded PostgreSQL is started for it when it is not running. `openmvno up` migrates by
    itself.

    Examples:

        openmvno migrate

        OPENMVNO_DATABASE_URL=postgresql://openmvno@db/openmvno openmvno migrate
    """
    from openmvno.database.embedded import serving
    from openmvno.settings import load_settings
    from openmvno.supervisor.up import prepare_database
    from openmvno.telemetry import configure_logging

    settings = load_settings()
    configure_logging(settings, "migrate")
    with serving(settings):
        prepare_database(settings, print)
    print("The database has this release's schema.")
