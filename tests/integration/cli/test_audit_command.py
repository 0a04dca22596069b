"""``openmvno audit``: verified, anchored and exported at the command line."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from openmvno.audit import ANCHOR_KEY, sealing
from openmvno.cli.main import build
from openmvno.database import Role, create_pool
from openmvno.provisioning import installation_key
from openmvno.settings import Settings


@pytest.fixture
def settings_here(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    monkeypatch.setenv("OPENMVNO_DATABASE_URL", database_url)
    monkeypatch.setenv("OPENMVNO_DATA_DIR", str(tmp_path))
    with psycopg.connect(database_url) as connection:
        for code in ("acme", "zeta"):
            connection.execute(
                "INSERT INTO tenant (tenant_id, code, name, currency)"
                " VALUES (gen_random_uuid(), %s, 'T', 'EUR')",
                (code,),
            )
    return Settings(database_url=SecretStr(database_url), data_dir=tmp_path)


async def seal(settings: Settings) -> None:
    async with create_pool(settings, "test work", role=Role.WORKER) as pool:
        while await sealing.seal_waiting(pool):
            pass
        await sealing.anchor(pool, installation_key(settings, ANCHOR_KEY))


def test_the_command_names_the_row_that_was_changed(
    settings_here: Settings, database_url: str, tmp_path: Path
) -> None:
    runner = CliRunner()
    made = runner.invoke(
        build(), ["token", "create", "--tenant", "acme", "--scope", "audit:read", "--name", "eye"]
    )
    assert made.exit_code == 0, made.output
    asyncio.run(seal(settings_here))
    sound = runner.invoke(build(), ["audit", "verify"])
    assert sound.exit_code == 0, sound.output
    assert "acme: sound, 1 entries" in sound.output
    assert "zeta: sound, 0 entries" in sound.output

    kept = tmp_path / "anchors.jsonl"
    anchors = runner.invoke(build(), ["audit", "anchors", "--tenant", "acme"])
    kept.write_text(anchors.output)
    assert json.loads(anchors.output)["entries"] == 1
    exported = runner.invoke(build(), ["audit", "export", "--tenant", "acme"])
    (entry,) = [json.loads(line) for line in exported.output.splitlines()]
    assert (entry["action"], entry["after"]["name"], entry["number"]) == ("token.created", "eye", 1)

    with psycopg.connect(database_url) as connection:
        connection.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_is_append_only")
        connection.execute("UPDATE audit_entry SET after = jsonb_set(after, '{name}', '\"other\"')")
    broken = runner.invoke(build(), ["audit", "verify", "--anchors", str(kept)])
    assert broken.exit_code == 1
    assert f"acme: NOT SOUND. After 0 sound entries: entry {entry['id']} (number 1" in broken.output
    other = runner.invoke(build(), ["audit", "verify", "--tenant", "zeta"])
    assert other.exit_code == 0

    kept.write_text("nonsense\n")
    refused = runner.invoke(build(), ["audit", "verify", "--anchors", str(kept)])
    assert refused.exit_code == 2
    assert "line 1" in refused.output
