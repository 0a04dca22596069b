"""Three engines of one installation, kept running as a service manager would."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import SecretStr
from tests.support.roles import Role

from openmvno.charging.engine_client import EngineUnavailable
from openmvno.gateways.grpc.engine_client import GrpcEngineClient
from openmvno.settings import Settings
from openmvno.story.system import free_ports

ENGINES = 3
OTHERS = ("serve", "work")
RESTART_SECONDS = 1.0
SHARED_SECONDS = 60.0
# The cluster shares the machine's processors: engines in a class above it would starve it.
ENVIRONMENT = {"OPENMVNO_REALTIME": "false"}


class Engine:
    """One engine with its own door, port and Origin-Host."""

    def __init__(self, number: int, settings: Settings, folder: Path) -> None:
        host = f"ocs{number}.openmvno.example"
        self.name = f"engine {number}"
        self.address = ("127.0.0.1", settings.engine_grpc_port)
        self.port = settings.diameter_port
        self.role = Role(
            "charge",
            settings,
            folder / f"charge{number}.log",
            {**ENVIRONMENT, "OPENMVNO_DIAMETER_ORIGIN_HOST": host},
        )
        self._client = GrpcEngineClient([self.address])

    async def shards(self) -> list[int] | None:
        """The shards it has, where it says that everything is charged; else None."""
        try:
            if await self._client.health() is not None:
                return None
            owned: list[int] = (await self._client.statistics())["owned_shards"]
        except EngineUnavailable:
            return None
        return owned

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self.role.process is not None
        self.role.process.send_signal(number)

    def stop(self) -> None:
        """Stop it, frozen or not."""
        self._client.close()
        if self.role.process is not None and self.role.process.poll() is None:
            self.signal(signal.SIGCONT)
        stop(self.role)


def stop(role: Role) -> None:
    """SIGTERM, and kill -9 where that does not help."""
    if role.process is None or role.process.poll() is not None:
        return
    try:
        role.stop()
    except subprocess.TimeoutExpired:
        role.kill()


class Fleet:
    """The engines, and one process each of ``serve`` and ``work``."""

    def __init__(self, url: str, folder: Path) -> None:
        ports = iter(free_ports(2 * ENGINES + 2))
        base = Settings(
            data_dir=folder,
            database_url=SecretStr(url),
            http_port=next(ports),
            grpc_port=next(ports),
        )
        each = [
            base.model_copy(update={"diameter_port": next(ports), "engine_grpc_port": next(ports)})
            for _ in range(ENGINES)
        ]
        self.engines = [Engine(number, one, folder) for number, one in enumerate(each, 1)]
        nodes = ",".join(f"{host}:{port}" for host, port in (one.address for one in self.engines))
        self.settings = base.model_copy(update={"engine_nodes": nodes})
        environment = {**ENVIRONMENT, "OPENMVNO_ENGINE_NODES": nodes}
        self.others = [
            Role(name, self.settings, folder / f"{name}.log", environment) for name in OTHERS
        ]
        self.ended: list[str] = []
        """Which process ended, with which status, and was started again."""

    @property
    def ports(self) -> list[int]:
        """The doors that gateways are given."""
        return [engine.port for engine in self.engines]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything runs inside; what ends is started again."""
        keeper: asyncio.Task[None] | None = None
        try:
            for role in self._named_roles().values():
                role.start()
            keeper = asyncio.create_task(self._keep())
            await self.busiest()
            yield
        finally:
            if keeper is not None:
                keeper.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await keeper
            await asyncio.to_thread(self._stop)

    async def busiest(self) -> Engine:
        """The engine with the most shards, once all of them are somebody's."""
        shares = await self.shared_by(self.engines)
        return max(self.engines, key=lambda engine: len(shares[engine.name]))

    async def without(self, gone: Engine) -> None:
        """Wait until the others have all shards."""
        await self.shared_by([engine for engine in self.engines if engine is not gone])

    async def shared_by(self, engines: list[Engine]) -> dict[str, list[int]]:
        """Wait until these engines have all shards between them; the shards of each."""
        async with asyncio.timeout(SHARED_SECONDS):
            while True:
                found = {engine.name: await engine.shards() for engine in engines}
                shares = {name: shards for name, shards in found.items() if shards is not None}
                together = sorted(shard for shards in shares.values() for shard in shards)
                if len(shares) == len(found) and together == list(range(self.settings.shards)):
                    return shares
                await asyncio.sleep(0.05)

    def logs(self) -> str:
        """The end of what each process wrote."""
        return "\n".join(f"--- {role.log[-2000:]}" for role in self._named_roles().values())

    def _named_roles(self) -> dict[str, Role]:
        engines = {engine.name: engine.role for engine in self.engines}
        return engines | dict(zip(OTHERS, self.others, strict=True))

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(RESTART_SECONDS)
            for name, role in self._named_roles().items():
                if role.process is not None and role.process.poll() is not None:
                    self.ended.append(f"{name} ({role.process.returncode})")
                    role.start()

    def _stop(self) -> None:
        for engine in self.engines:
            engine.stop()
        for role in self.others:
            stop(role)
