"""``openmvno sims import``: cards into the stock at the command line."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from tests.integration.api.conftest import iccid
from tests.support.operator import Operator
from typer.testing import CliRunner

from openmvno.cli.main import build
from openmvno.errors import DomainError


@pytest.fixture(autouse=True)
def tenant(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OPENMVNO_DATABASE_URL", database_url)
    monkeypatch.setenv("OPENMVNO_DATA_DIR", str(tmp_path))
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO tenant (tenant_id, code, name, currency) VALUES (%s, 'op', 'T', 'EUR')",
            (Operator(database_url, 1).tenant,),
        )


def test_a_file_is_imported_with_a_report(tmp_path: Path) -> None:
    file = tmp_path / "cards.csv"
    lines = [f"{iccid(i)},21901{i:010d},blue" for i in range(1, 6)]
    file.write_text("\n".join(["ICCID,IMSI,Colour", *lines, "12,34,red", ""]))
    command = ["sims", "import", str(file), "--tenant", "op"]
    done = CliRunner().invoke(build(), command)
    assert done.exit_code == 1, done.output
    assert "5 loaded, 0 known already, 0 removed, 1 rejected of 7 lines" in done.output
    assert "columns that say nothing to us: Colour" in done.output
    assert "line 7: iccid_invalid" in done.output
    again = CliRunner().invoke(build(), command)
    assert "0 loaded, 5 known already" in again.output


def test_a_file_that_is_none_changes_nothing(tmp_path: Path, database_url: str) -> None:
    file = tmp_path / "cards.csv"
    file.write_text("a,b\n1,2\n")
    done = CliRunner().invoke(build(), ["sims", "import", str(file), "--tenant", "op"])
    assert isinstance(done.exception, DomainError)
    assert "column iccid" in str(done.exception)
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT count(*) FROM sim_import").fetchone() == (0,)
