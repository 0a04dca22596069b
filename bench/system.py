"""A whole OpenMVNO in a temporary data folder, run by the parts that ``openmvno up`` is made of.

Not by ``up`` itself: the restart is timed from exec, so nobody else may start the engine again.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg

from openmvno.database import connection_url
from openmvno.database.embedded import EmbeddedPostgres, temporary_data_folder
from openmvno.database.location import cluster_folders
from openmvno.database.wal_stock import lay_in
from openmvno.gateways.grpc.engine_client import GrpcEngineClient
from openmvno.settings import ENVIRONMENT_PREFIX, Settings
from openmvno.supervisor.process import ManagedProcess, PostgresProcess, RoleProcess
from openmvno.supervisor.up import prepare_database

PORTS = (
    "http_port",
    "diameter_port",
    "grpc_port",
    "engine_grpc_port",
    "radius_authentication_port",
    "radius_accounting_port",
)
ROLES = ("charge", "work", "serve")


class System:
    """The running processes."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.log_folder = folder / "log"
        self.log_folder.mkdir()
        self.engine = GrpcEngineClient.from_settings(settings)
        self._roles: dict[str, RoleProcess] = {}
        self._started: list[ManagedProcess] = []

    @property
    def database_url(self) -> str:
        """Where the database is."""
        return connection_url(self.settings)

    @property
    def database_folder(self) -> Path:
        """Where the database keeps its files."""
        return cluster_folders(self.settings).home

    @property
    def engine_pid(self) -> int:
        """Process id of the engine."""
        pid = self._roles["charge"].pid
        if pid is None:
            raise RuntimeError(f"The engine is not running: see {self.log_folder}/charge.log")
        return pid

    async def start(self) -> None:
        """Start PostgreSQL and the three roles."""
        await self._start(PostgresProcess(EmbeddedPostgres(self.settings)))
        await asyncio.to_thread(prepare_database, self.settings, lambda _: None)
        for name in ROLES:
            self._roles[name] = self._role(name)
            await self._start(self._roles[name])

    async def start_radius(self) -> None:
        """Start the RADIUS door, which the other measurements do without."""
        self._roles["radius"] = self._role("radius")
        await self._start(self._roles["radius"])

    async def lay_in_wal(self) -> None:
        """Do at once what housekeeping does some time after the first start."""
        async with await psycopg.AsyncConnection.connect(
            self.database_url, autocommit=True
        ) as connection:
            await lay_in(connection, self.settings.wal_stock_mb, pause_seconds=0)

    async def stop(self) -> None:
        """Stop everything, the last one started first."""
        self.engine.close()
        for process in reversed(self._started):
            await process.stop()

    async def kill_engine(self) -> None:
        """End the engine as a crash would."""
        self._roles["charge"].kill()
        await self._roles["charge"].wait()
        self.engine.close()

    async def start_engine(self, **changes: Any) -> None:
        """Start the killed engine again, with these changes of its settings; returns when it is
        ready."""
        settings = self.settings.model_copy(update=changes)
        self._roles["charge"] = self._role("charge", settings)
        await self._start(self._roles["charge"])
        self.engine = GrpcEngineClient.from_settings(self.settings)

    async def statistics(self) -> dict[str, Any]:
        """The engine's counters and gauges."""
        return await self.engine.statistics()

    def engine_log(self, message: str) -> dict[str, Any]:
        """The fields of the last record in the engine's log that says ``message``."""
        lines = (self.log_folder / "charge.log").read_text().splitlines()
        for line in reversed(lines):
            if line.startswith("{"):
                record: dict[str, Any] = json.loads(line)
                if record.get("message") == message:
                    return record
        raise LookupError(f"The engine never logged {message!r}")

    async def _start(self, process: ManagedProcess) -> None:
        self._started.append(process)
        await process.start()

    def _role(self, name: str, settings: Settings | None = None) -> RoleProcess:
        # What it logs goes into a file, so that only figures are on the screen.
        role = [sys.executable, "-P", "-m", "openmvno", name]
        log = self.log_folder / f"{name}.log"
        command = ["/bin/sh", "-c", 'exec >>"$0" 2>&1 "$@"', str(log), *role]
        return RoleProcess(name, settings or self.settings, command=command)


@contextlib.asynccontextmanager
async def running(parent: Path | None, chosen: Mapping[str, str]) -> AsyncIterator[System]:
    """A new system in a folder below ``parent``, with ``chosen`` settings; gone afterwards."""
    if parent is not None:
        tempfile.tempdir = str(parent)
    with _default_settings(), temporary_data_folder() as folder:
        ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        values: dict[str, Any] = {**ports, "log_format": "json", **chosen, "data_dir": folder}
        system = System(Settings(**values), folder)
        try:
            await system.start()
            yield system
        finally:
            await system.stop()


@contextlib.contextmanager
def _default_settings() -> Iterator[None]:
    """The figures are those of the defaults, without telemetry, whatever the shell has set."""
    before = dict(os.environ)
    for name in before:
        if name.startswith((ENVIRONMENT_PREFIX, "OTEL_")):
            del os.environ[name]
    os.environ["OTEL_SDK_DISABLED"] = "true"
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on at the moment."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
