"""``openmvno provisioning``: a register compared at the command line."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from tests.support.operator import Operator
from tests.support.osmo_hlr import OsmoHlr, needs_osmo_hlr
from typer.testing import CliRunner

from openmvno.cli.main import build
from openmvno.errors import DomainError

IMSI = "219010000000001"


@pytest.fixture
def operator(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Operator:
    monkeypatch.setenv("OPENMVNO_DATABASE_URL", database_url)
    monkeypatch.setenv("OPENMVNO_DATA_DIR", str(tmp_path))
    operator = Operator(database_url, 1)
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO tenant (tenant_id, code, name, currency) VALUES (%s, 'op', 'T', 'EUR')",
            (operator.tenant,),
        )
        connection.execute(
            "INSERT INTO sim (tenant_id, iccid, imsi, state)"
            " VALUES (%s, '8938510000000000014', %s, 'available')",
            (operator.tenant, IMSI),
        )
    return operator


@needs_osmo_hlr
def test_drift_is_shown_and_repairs_are_ordered(
    operator: Operator, database_url: str, tmp_path: Path
) -> None:
    runner = CliRunner()
    with OsmoHlr(tmp_path) as hlr:
        with psycopg.connect(database_url) as connection:
            connection.execute(
                "INSERT INTO provisioning_target (tenant_id, name, kind, url)"
                " VALUES (%s, 'hlr', 'osmo_hlr', %s)",
                (operator.tenant, hlr.url),
            )
        command = ["provisioning", "drift", "hlr", "--tenant", "op"]
        same = runner.invoke(build(), command)
        assert same.exit_code == 0, same.output
        assert "no difference" in same.output
        hlr.ask(f"SET 1 subscriber.create {IMSI}")
        differs = runner.invoke(build(), command)
        assert differs.exit_code == 1
        assert f"{IMSI}  surplus" in differs.output
        repaired = runner.invoke(build(), [*command, "--repair"])
        assert (repaired.exit_code, "1 repairs ordered" in repaired.output) == (0, True)
        again = runner.invoke(build(), command)
        assert "surplus (pending deliveries)" in again.output
    away = runner.invoke(build(), command)
    assert isinstance(away.exception, DomainError)
    none = runner.invoke(build(), ["provisioning", "replay", "hlr", "--tenant", "op"])
    assert none.output == "0 dead letters are tried again\n"


def test_ready_configurations_are_set_by_one_command(operator: Operator, database_url: str) -> None:
    runner = CliRunner()
    command = ["provisioning", "configure"]
    asked = runner.invoke(build(), [*command, "thin", "--tenant", "op"])
    assert "--set carrier=" in asked.output
    missing = runner.invoke(build(), [*command, "thin", "--tenant", "op", "--set", "secret=s" * 9])
    assert "carrier" in str(missing.exception)
    for name, values in (
        ("full", ["hlr=osmo-hlr://127.0.0.1:4259"]),
        ("thin", ["carrier=https://host.example/api", "secret=0123456789abcdef"]),
        ("full-vty", ["hlr=telnet://127.0.0.1:4258"]),
        ("full", ["hlr=osmo-hlr://127.0.0.1:4259"]),
        ("ott", ["switch=https://switch.example/events", "secret=0123456789abcdef"]),
    ):
        given = [part for value in values for part in ("--set", value)]
        done = runner.invoke(build(), [*command, name, "--tenant", "op", *given])
        assert done.exit_code == 0, done.output + str(done.exception)
    with psycopg.connect(database_url) as connection:
        kinds = connection.execute("SELECT kind FROM provisioning_target ORDER BY kind").fetchall()
    assert kinds == [("http",), ("osmo_hlr",), ("webhook",)]
    wrong = runner.invoke(build(), [*command, "vlr", "--tenant", "op", "--set", "a=b"])
    assert isinstance(wrong.exception, DomainError)
