"""The command ``openmvno`` as a person types it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from openmvno.database import schema
from openmvno.settings import ENVIRONMENT_PREFIX


def _openmvno(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(ENVIRONMENT_PREFIX)}
    inherited["PYTHONPATH"] = str(Path(__file__).parents[3] / "python")
    return subprocess.run(
        [sys.executable, "-m", "openmvno", *arguments],
        env={**inherited, "COLUMNS": "100", **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


COMMANDS = (
    "up",
    "charge",
    "serve",
    "work",
    "radius",
    "migrate",
    "doctor",
    "backup",
    "restore",
)


def test_help_lists_the_commands() -> None:
    finished = _openmvno("--help")

    assert finished.returncode == 0
    for command in COMMANDS:
        assert f" {command} " in finished.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_has_an_example(command: str) -> None:
    finished = _openmvno(command, "--help")

    assert finished.returncode == 0
    assert "Example" in finished.stdout


def test_help_loads_nothing_heavy() -> None:
    listing = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "openmvno", "--help"],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3] / "python")},
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    loaded = {line.rpartition("|")[2].strip() for line in listing.splitlines()}
    assert loaded & {"litestar", "sqlalchemy", "psycopg", "grpclib", "opentelemetry.sdk"} == set()


def test_a_misspelt_command_gets_a_suggestion() -> None:
    finished = _openmvno("migrat")

    assert finished.returncode == 2
    assert "No such command 'migrat'. Did you mean 'migrate'" in finished.stderr


def test_a_wrong_setting_gets_a_sentence() -> None:
    finished = _openmvno("migrate", OPENMVNO_HTTP_PORT="high")

    assert finished.returncode == 1
    assert finished.stderr.startswith("openmvno: OPENMVNO_HTTP_PORT='high': ")
    assert "Traceback" not in finished.stderr


def test_up_names_the_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        finished = _openmvno(
            "up", OPENMVNO_DATA_DIR=str(tmp_path / "data"), OPENMVNO_HTTP_PORT=str(port)
        )

    assert finished.returncode == 1
    assert f"Port {port} (HTTP) is in use by another program" in finished.stderr
    assert "OPENMVNO_HTTP_PORT" in finished.stderr
    assert not (tmp_path / "data").exists()


def test_migrate_creates_the_schema_and_the_installation(empty_database_url: str) -> None:
    first = _openmvno("migrate", OPENMVNO_DATABASE_URL=empty_database_url, OPENMVNO_SHARDS="3")
    second = _openmvno("migrate", OPENMVNO_DATABASE_URL=empty_database_url, OPENMVNO_SHARDS="5")

    assert (first.returncode, first.stderr) == (0, "")
    assert f"database migrated to schema {schema.latest_revision()}" in first.stdout
    assert second.returncode == 0
    assert "keeps the shards it was created with" in second.stderr


def test_a_role_refuses_a_database_that_is_not_migrated(empty_database_url: str) -> None:
    finished = _openmvno("work", OPENMVNO_DATABASE_URL=empty_database_url)

    assert finished.returncode == 1
    assert "run `openmvno migrate`" in finished.stderr


def test_doctor_reads_the_file_of_peers(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "peers.yaml"
    path.write_text("peers: [{host: gw.example, addresses: [10.0.0.1/8]}]\n")
    variables = {"OPENMVNO_DATABASE_URL": database_url, "OPENMVNO_DIAMETER_PEERS_FILE": str(path)}
    finished = _openmvno("doctor", **variables)

    assert finished.returncode == 1
    assert "peer gw.example: addresses: 10.0.0.1/8" in finished.stdout


def test_doctor_names_what_is_misspelt(database_url: str) -> None:
    finished = _openmvno("doctor", OPENMVNO_DATABASE_URL=database_url, OPENMVNO_HTPP_PORT="1")

    assert finished.returncode == 1
    assert "misspelt? OPENMVNO_HTPP_PORT" in finished.stdout
    assert f"schema {schema.latest_revision()}" in finished.stdout
    assert "password" not in finished.stdout
