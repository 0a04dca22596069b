"""A backup under load, then restored to a moment in between and to the end: audited to the unit."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr
from tests.crash import wire
from tests.crash.audit import Books, audit
from tests.crash.load import Gateways, Ledger
from tests.crash.rewind import Rewound
from tests.crash.tariff import CATALOG
from tests.support.operator import Operator
from tests.support.roles import Role, until_charging
from typer.testing import CliRunner

from openmvno.backup import BackupError
from openmvno.cli.main import build
from openmvno.database import connection_url, migrate
from openmvno.database.embedded import EmbeddedPostgres, temporary_data_folder
from openmvno.database.installation import ensure_installation
from openmvno.gateways.grpc.engine_client import GrpcEngineClient
from openmvno.provisioning import Sealer
from openmvno.settings import Settings
from openmvno.story.system import free_ports

LINES = 40
BALANCE = 20_000_000
SEED = 3
OVERRIDES = {"shared_buffers": "64MB", "max_wal_size": "256MB", "min_wal_size": "80MB"}
ORIGIN_STATE_ID = 278


class Machine:
    """Data folders and a backup folder, and the command line on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.backup = folder / "backup"

    def settings(self, data: str) -> Settings:
        """Of the installation in a data folder, which archives unless it is a restored one."""
        backup = self.backup if data == "data" else None
        return Settings(data_dir=self.folder / data, backup_dir=backup, database_url=None)

    def variables(self) -> dict[str, str]:
        """What the operator has set."""
        return {
            "OPENMVNO_DATA_DIR": str(self.folder / "data"),
            "OPENMVNO_BACKUP_DIR": str(self.backup),
        }

    def done(self, *arguments: str) -> str:
        """What ``openmvno`` prints when it succeeds."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("OPENMVNO_")}
        finished = subprocess.run(
            [sys.executable, "-m", "openmvno", *arguments],
            env={**inherited, **self.variables()},
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout

    def refused(self, *arguments: str) -> str:
        """Why a command does nothing; without the start of another Python."""
        result = CliRunner().invoke(build(), arguments, env=self.variables())
        assert isinstance(result.exception, BackupError), result.output
        return str(result.exception)


@pytest.fixture
def machine() -> Iterator[Machine]:
    with temporary_data_folder() as folder:
        yield Machine(folder)


@asynccontextmanager
async def serving(
    machine: Machine, data: str, logs: Path
) -> AsyncIterator[tuple[Settings, GrpcEngineClient]]:
    """PostgreSQL, ``charge`` and ``work`` on a data folder."""
    settings = machine.settings(data)
    server = EmbeddedPostgres(settings, OVERRIDES)
    await asyncio.to_thread(server.start)
    try:
        url = connection_url(settings)
        migrate.upgrade(url)
        ensure_installation(url, settings.shards)
        http, diameter, grpc, engine_port = free_ports(4)
        roles = Settings(
            database_url=SecretStr(url),
            http_port=http,
            diameter_port=diameter,
            grpc_port=grpc,
            engine_grpc_port=engine_port,
        )
        async with GrpcEngineClient.from_settings(roles) as client:
            with (
                Role("charge", roles, logs / f"{data}-charge.log") as engine,
                Role("work", roles, logs / f"{data}-work.log"),
            ):
                await until_charging(client, engine)
                yield roles, client
    finally:
        await asyncio.to_thread(server.stop)


async def origin_state_id(port: int) -> int:
    """What the door's capabilities exchange says."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(wire.capabilities("asks.crash.example"))
    head = await reader.readexactly(20)
    body = await reader.readexactly(int.from_bytes(head[1:4], "big") - 20)
    writer.close()
    return int.from_bytes(dict(wire.avps(body))[ORIGIN_STATE_ID], "big")


async def until_archived(url: str) -> None:
    """Wait until everything committed so far is in the archive."""
    with psycopg.connect(url, autocommit=True) as connection:
        segment = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
        async with asyncio.timeout(30):
            while True:
                last = connection.execute("SELECT last_archived_wal FROM pg_stat_archiver")
                if ((last.fetchone() or ("",))[0] or "") >= (segment or ("",))[0]:
                    return
                await asyncio.sleep(0.1)


def shown(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()


async def test_restored_to_a_moment_and_to_the_end(machine: Machine, tmp_path: Path) -> None:
    operator, ledger, moment = await backed_up_under_load(machine, tmp_path)
    refusals(machine, moment)
    said = machine.done("restore", "--to", shown(moment), "--into", str(machine.folder / "then"))
    assert "PROBLEM" not in said, said
    assert "sealing.key" in said
    await as_it_was(machine, operator, ledger, moment, tmp_path)
    said = machine.done("restore", "--into", str(machine.folder / "end"))
    assert "PROBLEM" not in said, said
    async with serving(machine, "end", tmp_path) as (_, client):
        url = connection_url(machine.settings("end"))
        await audit(Books(url), operator, ledger, client, BALANCE)


async def backed_up_under_load(machine: Machine, logs: Path) -> tuple[Operator, Ledger, float]:
    """Backup while charging goes on; a moment between it and the end."""
    async with serving(machine, "data", logs) as (roles, client):
        url = connection_url(machine.settings("data"))
        Sealer.from_settings(machine.settings("data"))  # makes the key
        operator = Operator(url, machine.settings("data").shards, catalog=CATALOG)
        for place in operator.create(LINES, BALANCE):
            assert (await client.apply(*place)).get("ok")
        msisdns = [operator.msisdn(number) for number in range(LINES)]
        gateways = Gateways([roles.diameter_port], msisdns, SEED)
        assert await origin_state_id(roles.diameter_port) == 1
        async with gateways.running():
            await asyncio.sleep(0.5)
            before = gateways.ledger.acknowledged
            said = await asyncio.to_thread(machine.done, "backup", "--max-rate", "100M")
            during = gateways.ledger.acknowledged - before
            await asyncio.sleep(1)
            moment = time.time()
            await asyncio.sleep(1)
        await audit(Books(url), operator, gateways.ledger, client, BALANCE)
        await until_archived(url)
        in_use = machine.refused("restore", "--into", str(machine.folder / "data"))
        assert "in use by a running OpenMVNO" in in_use
    assert "Every time from" in said
    assert during > 20, "charging goes on during the backup"
    return operator, gateways.ledger, moment


def refusals(machine: Machine, moment: float) -> None:
    """What cannot be restored is said, and nothing is made."""
    new = str(machine.folder / "new")
    early = machine.refused("restore", "--to", "2001-01-01T00:00:00Z", "--into", new)
    assert "earlier than the oldest backup. Times from " in early
    late = machine.refused("restore", "--to", shown(moment + 3600), "--into", new)
    assert "later than what is archived. Times from " in late
    occupied = machine.refused("restore", "--to", shown(moment))
    assert "exists and is not empty" in occupied
    assert not Path(new).exists()
    [secrets] = machine.backup.glob("backups/*/secrets.tar")
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600


async def as_it_was(
    machine: Machine, operator: Operator, ledger: Ledger, moment: float, logs: Path
) -> None:
    """What was acknowledged before is there, nothing from after, and sessions go on."""
    original, restored = machine.settings("data"), machine.settings("then")
    key = original.absolute_data_dir / "sealing.key"
    assert (restored.absolute_data_dir / "sealing.key").read_bytes() == key.read_bytes()
    async with serving(machine, "then", logs) as (roles, client):
        url = connection_url(restored)
        assert await origin_state_id(roles.diameter_port) > moment, "peers learn of the loss"
        books = Books(url)
        later = f"SELECT count(*) FROM journal WHERE written_at > '{shown(moment)}'"
        owners = await first_own_rows(url)
        assert books.rows(f"{later} AND NOT owner = {owners}") == [(0,)]
        msisdns = [operator.msisdn(number) for number in range(LINES)]
        gateways = Rewound([roles.diameter_port], msisdns, SEED + 1, ledger, moment)
        async with gateways.running(workers=0):
            await gateways.finish()
        print(
            f"{len(ledger.exchanges)} acknowledged; at the moment {gateways.in_flight} on their"
            f" way, {gateways.resumed} sessions open"
        )
        assert gateways.resumed > 0
        await audit(books, operator, gateways.ledger, client, BALANCE)
        entries = books.rows("SELECT action FROM audit_entry ORDER BY entry_id")
        assert entries == [("installation.backed_up",), ("installation.restored",)]


async def first_own_rows(url: str) -> int:
    """The engine that took the restored shards over; those from before are none of its."""
    with psycopg.connect(url) as connection:
        [row] = connection.execute("SELECT owner FROM engine_node").fetchall()
    return int(row[0])
