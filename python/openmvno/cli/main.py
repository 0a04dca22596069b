"""Entry point of ``openmvno``: finds the command groups and turns known failures into sentences."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import typer

from openmvno import cli

HELP = """Billing and real-time charging for mobile virtual network operators.

`openmvno up` runs everything on one machine; `charge`, `serve`, `work` and `radius` are the roles
that a larger installation runs apart. Settings are OPENMVNO_* environment variables: see
`openmvno doctor`.
"""

EPILOG = "Example: `OPENMVNO_DATA_DIR=/var/lib/openmvno/data openmvno up`"


def build() -> typer.Typer:
    """The application with the commands of every module in :mod:`openmvno.cli`."""
    app = typer.Typer(
        help=HELP,
        epilog=EPILOG,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for module in sorted(pkgutil.iter_modules(cli.__path__), key=lambda found: found.name):
        register = getattr(
            importlib.import_module(f"{cli.__name__}.{module.name}"), "register", None
        )
        if register is not None:
            register(app)
    return app


def run() -> None:
    """Run the command line; failures we know the reason of end with a sentence and status 1."""
    try:
        build()()
    except Exception as error:
        if not _is_expected(error):
            raise
        print(f"openmvno: {error}", file=sys.stderr)
        sys.exit(1)


def _is_expected(error: Exception) -> bool:
    from openmvno.database.errors import DatabaseError
    from openmvno.errors import DomainError
    from openmvno.settings import SettingsError
    from openmvno.supervisor.process import StartError

    return isinstance(error, DatabaseError | DomainError | SettingsError | StartError)
