"""PostgreSQL dies under load: nothing is acknowledged that is not durable, and service returns."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr
from tests.crash.audit import Books, audit
from tests.crash.load import Gateways
from tests.crash.tariff import CATALOG
from tests.support.engines import Engines
from tests.support.operator import Operator
from tests.support.roles import Role, until_charging

from openmvno.database import connection_url, migrate
from openmvno.database.embedded import (
    EmbeddedPostgres,
    running_postmaster,
    temporary_data_folder,
)
from openmvno.database.errors import DatabaseError
from openmvno.database.installation import ensure_installation
from openmvno.gateways.grpc.engine_client import GrpcEngineClient
from openmvno.settings import Settings
from openmvno.story.system import free_ports

LINES = 40
BALANCE = 20_000_000
SEED = 2
AWAY_SECONDS = 1.5
# Crash recovery and the wait for orphaned backends to go, on a busy machine.
RETURN_SECONDS = 30.0
OVERRIDES = {"shared_buffers": "128MB", "max_wal_size": "1GB", "min_wal_size": "80MB"}


class Server:
    """A PostgreSQL of this test's own."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(data_dir=folder, database_url=None)
        self._postgres = EmbeddedPostgres(self.settings, OVERRIDES)
        self.start()

    def start(self) -> None:
        """Start; after a kill the old backends may take a moment to leave."""
        deadline = time.monotonic() + RETURN_SECONDS
        while True:
            try:
                self._postgres.start()
            except DatabaseError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
            else:
                return

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the postmaster and wait until it is gone."""
        found = running_postmaster(self._postgres.folders.cluster)
        assert found is not None
        os.kill(found[0], number)
        process = self._postgres._process
        assert process is not None
        process.wait(30)

    def kill_backend(self, application: str) -> None:
        """kill -9 of one backend: PostgreSQL restarts all of them and recovers."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            rows = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE application_name LIKE %s",
                (f"%{application}%",),
            ).fetchall()
        killed = 0
        for (pid,) in rows:
            # After the first one PostgreSQL ends the rest itself.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                killed += 1
        assert killed

    def stop(self) -> None:
        """Stop in order."""
        self._postgres.stop()

    @property
    def url(self) -> str:
        """Its connection string."""
        return connection_url(self.settings)


@pytest.fixture
def server() -> Iterator[Server]:
    """A migrated PostgreSQL that may be killed."""
    with temporary_data_folder() as folder:
        server = Server(folder)
        migrate.upgrade(server.url)
        ensure_installation(server.url, server.settings.shards)
        yield server
        server.stop()


@pytest.fixture
def killable(server: Server) -> Settings:
    """Settings of roles on that PostgreSQL."""
    http, diameter, grpc, engine = free_ports(4)
    return Settings(
        database_url=SecretStr(server.url),
        http_port=http,
        diameter_port=diameter,
        grpc_port=grpc,
        engine_grpc_port=engine,
    )


async def until_acknowledged_again(gateways: Gateways) -> float:
    """Seconds until 100 more requests have been acknowledged."""
    began, before = time.monotonic(), gateways.ledger.acknowledged
    async with asyncio.timeout(RETURN_SECONDS):
        while gateways.ledger.acknowledged < before + 100:
            await asyncio.sleep(0.02)
    return time.monotonic() - began


async def outage(server: Server, gateways: Gateways, number: signal.Signals) -> float:
    """Take PostgreSQL away and back; returns the seconds until service was back."""
    await asyncio.sleep(0.5)
    await asyncio.to_thread(server.signal, number)
    ledger = gateways.ledger
    await asyncio.sleep(0.3)  # answers of what was durable before may still be read
    acknowledged, refused = ledger.acknowledged, ledger.refusals.total()
    await asyncio.sleep(AWAY_SECONDS)
    assert ledger.acknowledged == acknowledged, "acknowledged while nothing can be durable"
    assert ledger.refusals.total() > refused, "new requests are refused, not left waiting"
    await asyncio.to_thread(server.start)
    return await until_acknowledged_again(gateways)


async def test_postgres_killed_under_load(
    server: Server, killable: Settings, tmp_path: Path
) -> None:
    operator = Operator(server.url, server.settings.shards, catalog=CATALOG)
    msisdns = [operator.msisdn(number) for number in range(LINES)]
    async with GrpcEngineClient.from_settings(killable) as client:
        with (
            Role("charge", killable, tmp_path / "charge.log") as engine,
            Role("work", killable, tmp_path / "work.log") as work,
        ):
            await until_charging(client, engine)
            for place in operator.create(LINES, BALANCE):
                assert (await client.apply(*place)).get("ok")
            assert engine.process is not None
            pid = engine.process.pid
            gateways = Gateways([killable.diameter_port], msisdns, SEED)
            backs: list[float] = []
            async with gateways.running():
                for number in (signal.SIGQUIT, signal.SIGKILL, signal.SIGQUIT, signal.SIGKILL):
                    back = await outage(server, gateways, number)
                    backs.append(back)
                for _ in range(2):
                    await asyncio.sleep(0.5)
                    await asyncio.to_thread(server.kill_backend, "charge")
                    backs.append(await until_acknowledged_again(gateways))
            await audit(Books(server.url), operator, gateways.ledger, client, BALANCE)
            ledger = gateways.ledger
            for role in (engine, work):
                assert role.process is not None
                assert role.process.poll() is None, role.log
            assert engine.process.pid == pid, "service came back by itself"
    print(
        f"{ledger.acknowledged} requests acknowledged, refused {dict(ledger.refusals)},"
        f" {ledger.retransmitted} retransmitted; service back after"
        f" {', '.join(f'{seconds:.1f}' for seconds in backs)} s"
    )
    assert set(ledger.refusals) == {3002, 3004}


async def test_engines_keep_their_shards_when_postgresql_is_killed(
    server: Server, killable: Settings, free_port: Callable[[], int], tmp_path: Path
) -> None:
    operator = Operator(server.url, server.settings.shards, catalog=CATALOG)
    msisdns = [operator.msisdn(number) for number in range(LINES)]
    engines = Engines(killable, free_port, tmp_path, 2)
    async with GrpcEngineClient.from_settings(engines.settings) as client:
        with engines.roles[0], engines.roles[1], Role("work", killable, tmp_path / "work.log"):
            shares = await engines.balanced(0, 1)
            for place in operator.create(LINES, BALANCE):
                assert (await client.apply(*place)).get("ok")
            gateways = Gateways(engines.ports, msisdns, SEED)
            async with gateways.running():
                back = await outage(server, gateways, signal.SIGQUIT)
                assert await engines.balanced(0, 1) == shares, "nobody is taken for dead"
            await audit(Books(server.url), operator, gateways.ledger, client, BALANCE)
    print(
        f"two engines: {gateways.ledger.acknowledged} requests acknowledged; service back after"
        f" {back:.1f} s"
    )
