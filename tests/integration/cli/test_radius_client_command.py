"""``openmvno radius-client``: clients set, listed and removed at the command line."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from tests.support.operator import Operator
from typer.testing import CliRunner

from openmvno.cli.main import build
from openmvno.errors import DomainError

SECRET = "a shared secret of some length"


@pytest.fixture
def tenant(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.setenv("OPENMVNO_DATABASE_URL", database_url)
    monkeypatch.setenv("OPENMVNO_DATA_DIR", str(tmp_path))
    operator = Operator(database_url, 1)
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO tenant (tenant_id, code, name, currency) VALUES (%s, 'op', 'T', 'EUR')",
            (operator.tenant,),
        )
    return "op"


def test_a_client_is_set_listed_and_removed(tenant: str) -> None:
    runner = CliRunner()
    network = ["--network", "192.0.2.7", "--service", "data"]
    made = runner.invoke(
        build(), ["radius-client", "set", "hotspot", "--tenant", tenant, *network], input=SECRET
    )
    assert made.exit_code == 0, made.output
    again = ["radius-client", "set", "hotspot", "--tenant", tenant, *network, "--keep-secret"]
    changed = runner.invoke(build(), [*again, "--no-enabled"])
    assert "version 2" in changed.output, changed.output
    listed = runner.invoke(build(), ["radius-client", "list"])
    assert listed.output.split() == ["hotspot", "192.0.2.7/32", "data", "not", "served"]
    removed = runner.invoke(build(), ["radius-client", "remove", "hotspot", "--tenant", tenant])
    assert removed.exit_code == 0
    missing = runner.invoke(build(), ["radius-client", "remove", "hotspot", "--tenant", tenant])
    assert isinstance(missing.exception, DomainError)


def test_what_cannot_be_is_named(tenant: str) -> None:
    arguments = ["radius-client", "set", "hotspot", "--tenant", tenant, "--network", "192.0.2.7"]
    refused = CliRunner().invoke(
        build(), [*arguments, "--service", "data", "--vendor", "acme"], input=SECRET
    )
    assert refused.exit_code == 2
    assert "vendor" in refused.output
