"""The checks behind ``openmvno doctor``: each looks at one thing and says what it found."""

from __future__ import annotations

import importlib
import os
import platform
from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from openmvno.charging import engines_at_work
from openmvno.database import DatabaseError, connection_url, schema
from openmvno.database.account import server_account
from openmvno.database.embedded import running_postmaster, wheel_installation
from openmvno.database.location import cluster_folders
from openmvno.errors import DomainError
from openmvno.peers import read_peer_file
from openmvno.settings import ENVIRONMENT_PREFIX, Settings, environment, variable_name
from openmvno.supervisor.ports import port_problem, used_port_fields

# Ours, but not settings of a process: they pass between supervisor and role, or concern tests.
INTERNAL_VARIABLES = {
    "OPENMVNO_READY_FD",
    "OPENMVNO_SUPERVISOR_PID",
    "OPENMVNO_TEST_DATABASE_URL",
}


@dataclass(frozen=True)
class Finding:
    """What one check found."""

    subject: str
    is_good: bool
    detail: str


def settings_table(settings: Settings) -> list[tuple[str, str, str]]:
    """(variable, value in force, description) of every setting; secrets are not shown."""
    rows = []
    for field, information in type(settings).model_fields.items():
        value = getattr(settings, field)
        rows.append(
            (variable_name(field), "" if value is None else str(value), information.description)
        )
    return [(name, value, description or "") for name, value, description in rows]


def examine(settings: Settings) -> list[Finding]:
    """Run all checks; none of them changes anything."""
    checks: list[tuple[str, Callable[[Settings], str]]] = [
        ("Python", _check_python),
        ("Rust extension", _check_extension),
        ("variables", _check_variables),
        ("database", _check_database),
        ("engines", _check_engines),
        ("backup", _check_backup),
        ("ports", _check_ports),
        ("Diameter peers", _check_peer_file),
    ]
    return [_run(subject, check, settings) for subject, check in checks]


def _run(subject: str, check: Callable[[Settings], str], settings: Settings) -> Finding:
    try:
        return Finding(subject, is_good=True, detail=check(settings))
    except (DatabaseError, DomainError, psycopg.Error, ImportError, LookupError, OSError) as error:
        return Finding(subject, is_good=False, detail=str(error).strip())


def _check_python(_: Settings) -> str:
    return platform.python_version()


def _check_extension(_: Settings) -> str:
    module = importlib.import_module("openmvno._core")
    return str(module.__file__)


def _check_variables(settings: Settings) -> str:
    known = set(environment(settings)) | INTERNAL_VARIABLES
    unknown = sorted(
        name for name in os.environ if name.startswith(ENVIRONMENT_PREFIX) and name not in known
    )
    if unknown:
        raise LookupError(f"not settings of OpenMVNO, misspelt? {', '.join(unknown)}")
    return "all OPENMVNO_* variables are known"


def _check_database(settings: Settings) -> str:
    if settings.embedded_database:
        folders = cluster_folders(settings)
        if folders.home.exists():
            server_account(folders.home)  # complains when it is somebody else's
        installation = wheel_installation()
        if running_postmaster(folders.cluster) is None:
            state = "stopped" if folders.cluster.exists() else "not created yet"
            return f"embedded ({installation}), {state}"
    return _check_server(connection_url(settings))


def _check_server(url: str) -> str:
    with psycopg.connect(url, connect_timeout=5) as connection:
        for name in ("fsync", "synchronous_commit"):
            row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
            if row is None or row[0] == "off":
                raise LookupError(f"{name} is off: acknowledged charges could be lost. Set it on.")
        version = connection.info.server_version // 10000
    schema.check_schema(url)
    return f"PostgreSQL {version} answers, schema {schema.latest_revision()}"


def _check_engines(settings: Settings) -> str:
    if settings.embedded_database and not running_postmaster(cluster_folders(settings).cluster):
        return "none: the database does not run"
    overview = engines_at_work(connection_url(settings))
    if not overview.engines:
        return "none runs"
    if overview.without_owner:
        raise LookupError(
            f"no engine has shards {list(overview.without_owner)}: their requests are refused. Look"
            " at the engines' logs."
        )
    shown = [
        f"{engine.origin_host} at {engine.address} has shards {list(engine.shards)}"
        + (" and is leaving" if engine.leaving else "")
        for engine in overview.engines
    ]
    return "; ".join(shown)


ARCHIVER = """
SELECT current_setting('archive_mode') <> 'off', last_failed_wal, last_failed_time,
       last_failed_time > coalesce(last_archived_time, '-infinity'), last_archived_time
FROM pg_stat_archiver
"""


def _check_backup(settings: Settings) -> str:
    if not settings.embedded_database:
        return "the archive of OPENMVNO_DATABASE_URL is its administrator's"
    if settings.absolute_backup_dir is None:
        return "nothing is archived: OPENMVNO_BACKUP_DIR is not set"
    if running_postmaster(cluster_folders(settings).cluster) is None:
        return f"{settings.absolute_backup_dir}, archived into while PostgreSQL runs"
    with psycopg.connect(connection_url(settings), connect_timeout=5) as connection:
        row = connection.execute(ARCHIVER).fetchone()
    archives, failed, failed_at, is_failing, archived_at = row or (False,) * 5
    if not archives:
        raise LookupError("nothing is archived yet: PostgreSQL has to be started again for it")
    if is_failing:
        raise LookupError(
            f"{failed} could not be archived at {failed_at:%Y-%m-%d %H:%M:%S} UTC;"
            f" {cluster_folders(settings).log} says why. PostgreSQL keeps its WAL meanwhile."
        )
    last = f"{archived_at:%Y-%m-%d %H:%M:%S} UTC" if archived_at else "nothing yet"
    return f"{settings.absolute_backup_dir}, archived last: {last}"


def _check_ports(settings: Settings) -> str:
    if settings.embedded_database and running_postmaster(cluster_folders(settings).cluster):
        return "not checked: this data folder's OpenMVNO is running"
    problems = [port_problem(settings, field) for field in used_port_fields(settings)]
    found = [problem for problem in problems if problem is not None]
    if found:
        raise LookupError(" ".join(found))
    return "free"


def _check_peer_file(settings: Settings) -> str:
    if settings.diameter_peers_file is None:
        return "no file of peers; `openmvno peer list` shows those of the database"
    file = read_peer_file(settings.diameter_peers_file)
    return f"the file has {len(file.peers)}"
