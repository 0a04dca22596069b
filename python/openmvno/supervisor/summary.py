"""The short table ``openmvno up`` prints: what listens where, sample logins, what to try next."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from openmvno.database.location import cluster_folders
from openmvno.settings import Settings
from openmvno.supervisor import sample
from openmvno.supervisor.ports import listen_address


def _url(settings: Settings, field: str, scheme: str) -> str:
    address, port = listen_address(settings, field)
    host = f"[{address}]" if ":" in address else address
    return f"{scheme}://{host}:{port}"


def _endpoints(settings: Settings) -> list[tuple[str, str]]:
    database = (
        f"{cluster_folders(settings).socket} (Unix socket)"
        if settings.embedded_database
        else "OPENMVNO_DATABASE_URL"
    )
    diameter = _url(settings, "diameter_port", "aaa")
    radius = _url(settings, "radius_authentication_port", "radius")
    return [
        ("Pages", f"{_url(settings, 'http_port', 'http')}/"),
        ("REST API", f"{_url(settings, 'http_port', 'http')}/v1"),
        ("API description", f"{_url(settings, 'http_port', 'http')}/schema"),
        ("Diameter Gy/Ro", f"{diameter} as {settings.diameter_origin_host}"),
        ("RADIUS", f"{radius}, accounting {settings.radius_accounting_port} (UDP)"),
        ("Charging gRPC", _url(settings, "grpc_port", "http")),
        ("PostgreSQL", database),
    ]


NEXT_STEPS = (
    ("story", "watch a call, a message and a data session being charged"),
    ("sample --subscribers 1000", "make active prepaid lines to send traffic for"),
    ("doctor", "check the installation and show every setting"),
)


def _program() -> str:
    """What to type for ``openmvno``: its path, unless the shell finds it."""
    script = Path(sys.argv[0])
    if script.stem != "openmvno" or shutil.which("openmvno") == str(script):
        return "openmvno"
    return os.path.relpath(script)


def _table(title: str, rows: list[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.title = title
    table.title_justify = "left"
    for left, right in rows:
        table.add_row(f"  {escape(left)}", escape(right))
    return table


def summary(settings: Settings, *, with_sample: bool) -> RenderableType:
    """The table for a system that is up."""
    parts = [_table("\nOpenMVNO is up", _endpoints(settings))]
    if with_sample and (logins := sample.credentials(settings)):
        if (login := sample.page_login(settings)) is not None:
            named = zip(("operator", "login", "password"), login, strict=True)
            parts.append(_table("\nLog in to the pages", list(named)))
        parts.append(_table("\nSample tokens (Authorization: Bearer …)", list(logins)))
    parts.append(
        _table(
            "\nTry next, in a second terminal (Ctrl-C here stops it)",
            [(f"{_program()} {words}", purpose) for words, purpose in NEXT_STEPS],
        )
    )
    return Group(*parts, "")
