"""Secrets changed while everything runs: sealing keys, tokens, secrets of targets."""

from __future__ import annotations

import asyncio
import json
import stat
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from cryptography.exceptions import InvalidTag
from tests.support.roles import Role
from typer.testing import CliRunner

from openmvno import access, nas, payments, provisioning, sims, tenants
from openmvno.access.known_tokens import KNOWN_SECONDS
from openmvno.actor import command_line_actor
from openmvno.cli.main import build
from openmvno.database import Pool
from openmvno.nas.passwords import set_password
from openmvno.nas.schemas import RadiusClientIn
from openmvno.nas.sealed import INSTALLATION, client_secret, line_password
from openmvno.provisioning.sealing import KEY_FILE, NEXT_FILE, PREVIOUS_FILE, Sealer
from openmvno.provisioning.service import set_target
from openmvno.settings import Settings

LINE = UUID(int=7)
SECRETS = {"hlr": "the secret of the target", "hotspot": "the secret of the client"}
PASSWORD = "correct horse"
OWNER = ("--tenant", "sample")


async def stocked(pool: Pool, sealer: Sealer) -> UUID:
    """A tenant with a secret of each kind."""
    async with pool.connection() as connection:
        tenant = await tenants.ensure_tenant(connection, "sample", "Sample", "EUR")
        actor = command_line_actor(tenant.tenant_id, "test")
        await set_target(
            connection, actor, sealer, "hlr", "webhook", "http://127.0.0.1:1/", SECRETS["hlr"], True
        )
        terms = RadiusClientIn("127.0.0.1", "voice").terms()
        await nas.set_client(connection, actor, sealer, "hotspot", terms, SECRETS["hotspot"])
        # A line without its account: only its password matters here.
        await connection.execute("SET LOCAL session_replication_role = replica")
        await set_password(connection, actor, sealer, LINE, PASSWORD)
    return tenant.tenant_id


def opened(conninfo: str, tenant: UUID, sealer: Sealer) -> tuple[str, ...]:
    with psycopg.connect(conninfo) as connection:
        columns = (
            ("sealed_secret FROM provisioning_target", tenant, "hlr"),
            ("sealed_secret FROM radius_client", INSTALLATION, client_secret("hotspot")),
            ("sealed_password FROM line_password", tenant, line_password(LINE)),
        )
        found = []
        for column, owner, name in columns:
            row = connection.execute(f"SELECT {column}").fetchone()
            assert row is not None
            found.append(sealer.open(owner, name, bytes(row[0])))
    return tuple(found)


async def run_command(monkeypatch: pytest.MonkeyPatch, settings: Settings, *words: str) -> str:
    assert settings.database_url is not None
    monkeypatch.setenv("OPENMVNO_DATABASE_URL", settings.database_url.get_secret_value())
    monkeypatch.setenv("OPENMVNO_DATA_DIR", str(settings.data_dir))
    result = await asyncio.to_thread(CliRunner().invoke, build(), words)
    assert result.exit_code == 0, result.output
    return result.output


async def test_a_rotation_seals_everything_anew_under_processes_that_run(
    settings: Settings,
    database_url: str,
    pool: Pool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = settings.model_copy(update={"data_dir": tmp_path})
    running = Sealer.from_settings(settings)  # as serve, work and radius hold it
    tenant = await stocked(pool, running)
    first_key = (tmp_path / KEY_FILE).read_bytes()
    everything = (*SECRETS.values(), PASSWORD)

    output = await run_command(monkeypatch, settings, "secrets", "rotate")
    assert "3 secrets are sealed with the new key" in output
    new_key = (tmp_path / KEY_FILE).read_bytes()
    assert new_key != first_key
    assert (tmp_path / PREVIOUS_FILE).read_bytes() == first_key
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert opened(database_url, tenant, running) == everything, "without a restart"
    assert opened(database_url, tenant, Sealer(new_key)) == everything, "the new key is enough"
    with pytest.raises(InvalidTag):
        opened(database_url, tenant, Sealer(first_key))
    sealed_now = running.seal(tenant, "hlr", "newer")
    assert Sealer(new_key).open(tenant, "hlr", sealed_now) == "newer"

    ready = await run_command(monkeypatch, settings, "secrets", "prepare")
    upcoming = (tmp_path / NEXT_FILE).read_bytes()
    assert ready.strip() == str(tmp_path / NEXT_FILE)
    await run_command(monkeypatch, settings, "secrets", "rotate")
    assert (tmp_path / KEY_FILE).read_bytes() == upcoming, "the key that was laid ready"
    assert not (tmp_path / NEXT_FILE).exists()
    assert opened(database_url, tenant, running) == everything
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM audit_entry WHERE action = 'secrets.rotated'"
        ).fetchone()
    assert row == (2,)


async def test_what_is_sealed_while_the_key_changes_still_opens(
    settings: Settings, pool: Pool, tmp_path: Path
) -> None:
    settings = settings.model_copy(update={"data_dir": tmp_path})
    sealer = Sealer.from_settings(settings)
    tenant = await stocked(pool, sealer)
    late = sealer.seal(tenant, "hlr", "sealed a moment before")
    provisioning.new_key(tmp_path)
    assert sealer.open(tenant, "hlr", late) == "sealed a moment before"
    assert sealer.sealed_anew(tenant, "hlr", late) is not None


def test_every_sealed_column_is_sealed_anew(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND column_name LIKE 'sealed%'"
            " AND data_type = 'bytea'"
        ).fetchall()
    known = {
        (column.table, column.column)
        for column in (
            *provisioning.SEALED_COLUMNS,
            *nas.SEALED_COLUMNS,
            *sims.SEALED_COLUMNS,
            *payments.SEALED_COLUMNS,
            *access.SEALED_COLUMNS,
        )
    }
    assert {(str(table), str(column)) for table, column in rows} == known


async def test_a_revoked_token_ends_on_connections_that_are_open(
    settings: Settings, pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings.model_copy(update={"data_dir": tmp_path})
    async with pool.connection() as connection:
        tenant = await tenants.ensure_tenant(connection, "sample", "Sample", "EUR")
        actor = command_line_actor(tenant.tenant_id, "test")
        old = await access.create_token(connection, actor, "old", ["audit:read"])
        new = await access.create_token(connection, actor, "new", ["audit:read"])
    with Role("serve", settings, tmp_path / "serve.log"):
        base = f"http://127.0.0.1:{settings.http_port}"
        async with httpx.AsyncClient(base_url=base, trust_env=False) as client:
            async with asyncio.timeout(30):
                while not await is_up(client):
                    await asyncio.sleep(0.1)

            async def status(token: str) -> int:
                headers = {"Authorization": f"Bearer {token}"}
                return (await client.get("/v1/audit", headers=headers)).status_code

            assert await status(old) == 200
            listed = await run_command(monkeypatch, settings, "token", "list", *OWNER)
            assert old not in listed
            (token_id,) = [
                line.split()[0] for line in listed.splitlines() if line.split()[-1] == "old"
            ]
            await run_command(monkeypatch, settings, "token", "revoke", token_id, *OWNER)
            await asyncio.sleep(KNOWN_SECONDS)
            assert (await status(old), await status(new)) == (401, 200)


async def is_up(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/healthz")).is_success
    except httpx.TransportError:
        return False


class SlowTarget:
    """A provisioning target that takes its time."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.signatures: list[str] = []
        self.began = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        lower = {name.lower(): value for name, value in fields.items()}
        body = await reader.readexactly(int(lower["content-length"]))
        self.began.set()
        await asyncio.sleep(1.5)
        self.signatures.append(lower["openmvno-signature"])
        self.bodies.append(json.loads(body))
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()


async def test_at_sigterm_a_delivery_under_way_is_finished(
    settings: Settings, database_url: str, pool: Pool, tmp_path: Path
) -> None:
    settings = settings.model_copy(update={"data_dir": tmp_path})
    sealer = Sealer.from_settings(settings)
    tenant = await stocked(pool, sealer)
    target = SlowTarget()
    server = await asyncio.start_server(target, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, pool.connection() as connection:
        actor = command_line_actor(tenant, "test")
        url = f"http://127.0.0.1:{port}/"
        await set_target(connection, actor, sealer, "hlr", "webhook", url, SECRETS["hlr"], True)
        event = provisioning.Event(LINE, "line.blocked", {"line_id": str(LINE)}, None)
        await provisioning.emit(connection, tenant, event)
        await connection.commit()
        with Role("work", settings, tmp_path / "work.log") as role:
            await asyncio.wait_for(target.began.wait(), 30)
            assert await asyncio.to_thread(role.stop) == 0
        assert len(target.bodies) == 1
        cursor = await connection.execute("SELECT state FROM outbox_delivery")
        assert await cursor.fetchall() == [("delivered",)]
