"""``openmvno user`` and ``openmvno token``: users and tokens at the command line."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from openmvno.cli.main import build
from openmvno.errors import DomainError


@pytest.fixture
def tenant(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.setenv("OPENMVNO_DATABASE_URL", database_url)
    monkeypatch.setenv("OPENMVNO_DATA_DIR", str(tmp_path))
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO tenant (tenant_id, code, name, currency)"
            " VALUES (gen_random_uuid(), 'acme', 'Acme', 'EUR')"
        )
    return "acme"


def test_a_token_is_listed_and_revoked(tenant: str, database_url: str) -> None:
    runner = CliRunner()
    made = runner.invoke(
        build(), ["token", "create", "--tenant", tenant, "--scope", "all", "--name", "shop"]
    )
    assert made.output.startswith("omv_"), made.output
    listed = runner.invoke(build(), ["token", "list", "--tenant", tenant])
    token_id, rest = listed.output.split(maxsplit=1)
    assert "valid" in rest
    assert rest.rstrip().endswith("shop")
    revoked = runner.invoke(build(), ["token", "revoke", token_id, "--tenant", tenant])
    assert revoked.output == "The token 'shop' is revoked.\n"
    listed = runner.invoke(build(), ["token", "list", "--tenant", tenant])
    assert "revoked" in listed.output
    unknown = token_id[:-1] + ("0" if token_id[-1] != "0" else "1")
    missing = runner.invoke(build(), ["token", "revoke", unknown, "--tenant", tenant])
    assert isinstance(missing.exception, DomainError)
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT action FROM audit_entry ORDER BY entry_id").fetchall()
    assert rows == [("token.created",), ("token.revoked",)]


def test_a_user_is_made_and_unlocked(tenant: str, database_url: str) -> None:
    runner = CliRunner()
    create = ["user", "create", "Ana@acme.example", "--tenant", tenant, "--role"]
    made = runner.invoke(build(), [*create, "administrator"], input="correct horse battery\n")
    assert made.exit_code == 0, made.output
    assert made.output.startswith("ana@acme.example can log in")
    weak = runner.invoke(build(), [*create, "administrator"], input="short\n")
    assert isinstance(weak.exception, DomainError)
    unknown = runner.invoke(build(), [*create, "boss"], input="correct horse battery\n")
    assert "accepted: one of administrator, auditor" in str(unknown.exception)
    unlocked = runner.invoke(build(), ["user", "unlock", "ana@acme.example", "--tenant", tenant])
    assert unlocked.exit_code == 0, unlocked.output
