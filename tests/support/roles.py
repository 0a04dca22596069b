"""Our own processes, run as a test needs them."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from openmvno.gateways.grpc.engine_client import GrpcEngineClient
from openmvno.settings import Settings


class Role:
    """``openmvno <role>`` as a child process: ``with Role("charge", settings, log): …``"""

    def __init__(
        self, role: str, settings: Settings, log: Path, environment: dict[str, str] | None = None
    ) -> None:
        assert settings.database_url is not None
        self._command = [sys.executable, "-m", "openmvno", role]
        self._log = log
        self._environment = {
            **os.environ,
            "OPENMVNO_DATABASE_URL": settings.database_url.get_secret_value(),
            "OPENMVNO_HTTP_PORT": str(settings.http_port),
            "OPENMVNO_DIAMETER_PORT": str(settings.diameter_port),
            "OPENMVNO_GRPC_PORT": str(settings.grpc_port),
            "OPENMVNO_ENGINE_GRPC_PORT": str(settings.engine_grpc_port),
            "OPENMVNO_RADIUS_AUTHENTICATION_PORT": str(settings.radius_authentication_port),
            "OPENMVNO_RADIUS_ACCOUNTING_PORT": str(settings.radius_accounting_port),
            "OPENMVNO_SHARDS": str(settings.shards),
            "OPENMVNO_DATA_DIR": str(log.parent),
            "OPENMVNO_LOG_FORMAT": "text",
            **(environment or {}),
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it is not ready yet."""
        with self._log.open("ab") as output:
            self.process = subprocess.Popen(
                self._command, env=self._environment, stdout=output, stderr=output
            )

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM; returns the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    @property
    def log(self) -> str:
        """What it has written."""
        return self._log.read_text()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop()
        if kind is not None:
            print(self.log)


async def until_charging(client: GrpcEngineClient, role: Role, seconds: float = 20) -> None:
    """Wait until the engine charges."""
    async with asyncio.timeout(seconds):
        while await client.health() is not None:
            assert role.process is not None
            assert role.process.poll() is None, role.log
            await asyncio.sleep(0.02)


async def until_serving(settings: Settings, role: Role) -> None:
    """Wait until the API answers."""
    async with asyncio.timeout(30), httpx.AsyncClient() as client:
        while True:
            assert role.process is not None
            assert role.process.poll() is None, role.log
            try:
                answer = await client.get(f"http://127.0.0.1:{settings.http_port}/readyz")
                if answer.status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
