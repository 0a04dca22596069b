"""The embedded PostgreSQL in its data folder: as root, as a user, and refused."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from openmvno.database import DatabaseError, connection_url
from openmvno.database.account import SYSTEM_HOME, Account
from openmvno.database.embedded import (
    EmbeddedPostgres,
    running_postmaster,
    serving,
    temporary_data_folder,
)
from openmvno.database.errors import DataFolderError
from openmvno.settings import Settings

OVERRIDES = {"shared_buffers": "16MB", "max_wal_size": "128MB", "min_wal_size": "32MB"}

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to change the user")


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with temporary_data_folder() as folder:
        yield folder


def _server(data_dir: Path) -> EmbeddedPostgres:
    return EmbeddedPostgres(Settings(data_dir=data_dir), OVERRIDES)


def _execute(data_dir: Path, statement: str) -> object:
    with psycopg.connect(connection_url(Settings(data_dir=data_dir))) as connection:
        cursor = connection.execute(statement)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def test_data_survives_a_restart_and_a_crash(data_dir: Path) -> None:
    server = _server(data_dir)
    server.start()
    _execute(data_dir, "CREATE TABLE kept (number integer)")
    server.stop()

    server.start()
    _execute(data_dir, "INSERT INTO kept VALUES (42)")
    server.kill()

    server.start()
    assert _execute(data_dir, "SELECT number FROM kept") == 42
    server.stop()
    assert running_postmaster(server.folders.cluster) is None


def test_the_server_is_durable_and_closed_to_the_network(data_dir: Path) -> None:
    server = _server(data_dir)
    server.start()
    try:
        values = {
            name: _execute(data_dir, f"SHOW {name}")
            for name in ("fsync", "synchronous_commit", "full_page_writes", "listen_addresses")
        }
        upper = _execute(data_dir, "SELECT upper('šđčćž')")
    finally:
        server.stop()

    assert values == {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "listen_addresses": "",
    }
    assert upper == "ŠĐČĆŽ"
    for folder in (server.folders.home, server.folders.cluster, server.folders.socket):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert folder.stat().st_uid == server.account.uid


def test_settings_of_the_operator_come_last(data_dir: Path) -> None:
    server = _server(data_dir)
    server.prepare()
    custom = server.folders.cluster / "custom.conf"
    custom.write_text("work_mem = '7MB'\n")
    shutil.chown(custom, server.account.uid, server.account.gid)

    server.start()
    try:
        assert _execute(data_dir, "SHOW work_mem") == "7MB"
    finally:
        server.stop()


def test_a_folder_of_another_postgresql_is_refused(data_dir: Path) -> None:
    server = _server(data_dir)
    server.prepare()
    (server.folders.cluster / "PG_VERSION").write_text("16\n")

    with pytest.raises(DataFolderError, match=r"belongs to PostgreSQL 16, this OpenMVNO brings"):
        server.start()

    assert (server.folders.cluster / "PG_VERSION").read_text() == "16\n"


def test_a_folder_in_use_is_refused_and_left_running(data_dir: Path) -> None:
    server = _server(data_dir)
    server.start()
    try:
        with pytest.raises(DataFolderError, match="is in use by another OpenMVNO"):
            _server(data_dir).start()
        assert _execute(data_dir, "SELECT 1") == 1
        with serving(Settings(data_dir=data_dir)):
            assert _execute(data_dir, "SELECT 2") == 2
    finally:
        server.stop()


def test_what_is_not_a_cluster_is_not_touched(data_dir: Path) -> None:
    server = _server(data_dir)
    server.prepare()
    shutil.rmtree(server.folders.cluster)
    server.folders.cluster.mkdir()
    (server.folders.cluster / "thesis.txt").write_text("ten years of work")

    with pytest.raises(DataFolderError, match="is not a PostgreSQL data directory"):
        server.start()

    assert (server.folders.cluster / "thesis.txt").read_text() == "ten years of work"


def test_an_interrupted_initialisation_is_done_again(data_dir: Path) -> None:
    server = _server(data_dir)
    server.prepare()
    server.folders.cluster.rename(server.folders.home / "cluster.new")

    assert server.prepare()
    assert (server.folders.cluster / "PG_VERSION").exists()
    assert not (server.folders.home / "cluster.new").exists()


def test_a_mistake_in_the_configuration_is_told(data_dir: Path) -> None:
    server = EmbeddedPostgres(Settings(data_dir=data_dir), {"shared_buffers": "plenty"})

    with pytest.raises(DatabaseError, match=r'PostgreSQL did not start: .*"shared_buffers"'):
        server.start()


def test_a_long_path_still_has_a_socket(data_dir: Path) -> None:
    deep = data_dir / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    server = _server(deep)
    server.start()
    try:
        assert _execute(deep, "SELECT 1") == 1
        assert stat.S_IMODE(server.folders.socket.stat().st_mode) == 0o700
    finally:
        server.stop()
        shutil.rmtree(server.folders.socket)


@as_root
def test_an_unreachable_folder_gets_its_cluster_elsewhere_and_stays_closed(data_dir: Path) -> None:
    closed = data_dir / "closed"
    closed.mkdir(mode=0o700)
    server = _server(closed)
    server.start()
    try:
        assert _execute(closed, "SELECT 1") == 1
        assert server.folders.home.is_relative_to(SYSTEM_HOME / "clusters")
        assert (closed / "postgres").is_symlink()
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    finally:
        server.stop()
        shutil.rmtree(server.folders.home)

    with pytest.raises(DataFolderError, match=r"is a link to .*, which is gone"):
        _server(closed).start()


def _reachable_python(account: Account) -> str | None:
    """An interpreter of our version that ``account`` can run."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    candidates = [
        Path(sys.executable),
        *(Path(folder) / name for folder in ("/usr/bin", "/usr/local/bin")),
    ]
    for candidate in candidates:
        if candidate.exists() and account.can_reach(candidate.resolve().parent):
            return str(candidate)
    return None


ORDINARY_START = """
import os, sys
from pathlib import Path
import psycopg
from openmvno.database import connection_url
from openmvno.database.embedded import EmbeddedPostgres
from openmvno.settings import Settings

settings = Settings(data_dir=Path(sys.argv[1]))
server = EmbeddedPostgres(settings, {"shared_buffers": "16MB"})
server.start()
with psycopg.connect(connection_url(settings)) as connection:
    print(connection.execute("SELECT 40 + 2").fetchone()[0], os.geteuid())
server.stop()
"""


@as_root
def test_an_ordinary_user_runs_it_and_root_takes_over(data_dir: Path) -> None:
    entry = pwd.getpwnam("nobody")
    nobody = Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    python = _reachable_python(nobody)
    packages = sysconfig.get_path("purelib")
    sources = Path(__file__).parents[3] / "python"
    if python is None or not nobody.can_reach(Path(packages)) or not nobody.can_reach(sources):
        pytest.skip("no interpreter or packages that an ordinary user can reach")
    home = data_dir / "of-nobody"
    home.mkdir()
    os.chown(home, nobody.uid, nobody.gid)

    finished = subprocess.run(
        [python, "-c", ORDINARY_START, str(home / "data")],
        env={"PYTHONPATH": f"{sources}:{packages}", "PYTHONDONTWRITEBYTECODE": "1"},
        cwd="/",
        user=nobody.uid,
        group=nobody.gid,
        extra_groups=[],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (finished.stdout.split(), finished.stderr) == (["42", str(nobody.uid)], "")
    server = _server(home / "data")
    server.start()
    try:
        assert server.account.name == "nobody"
        assert _execute(home / "data", "SELECT 1") == 1
    finally:
        server.stop()
