"""Several engines of one installation."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.roles import Role

from openmvno.charging.engine_client import EngineUnavailable
from openmvno.gateways.grpc.engine_client import GrpcEngineClient
from openmvno.settings import Settings

BALANCED_SECONDS = 30.0


class Engines:
    """Engines that share one database, none of them started yet."""

    def __init__(
        self, settings: Settings, free_port: Callable[[], int], folder: Path, count: int
    ) -> None:
        each = [settings, *(_another(settings, free_port, place) for place in range(2, count + 1))]
        self.addresses = [("127.0.0.1", one.engine_grpc_port) for one in each]
        self.ports = [one.diameter_port for one in each]
        nodes = ",".join(f"{host}:{port}" for host, port in self.addresses)
        self.settings = settings.model_copy(update={"engine_nodes": nodes})
        self.roles = [
            Role(
                "charge",
                one,
                folder / f"charge{place}.log",
                _environment(one),
            )
            for place, one in enumerate(each, 1)
        ]

    def client(self, place: int) -> GrpcEngineClient:
        """A client of one engine."""
        secret = self.settings.engine_token
        token = None if secret is None else secret.get_secret_value()
        return GrpcEngineClient([self.addresses[place]], token=token)

    async def statistics(self, place: int) -> dict[str, Any]:
        """Of one engine."""
        async with self.client(place) as client:
            return await client.statistics()

    async def shards(self, *places: int) -> list[list[int]]:
        """The shards of these engines."""
        all_statistics = [await self.statistics(place) for place in places]
        return [statistics["owned_shards"] for statistics in all_statistics]

    async def balanced(self, *places: int) -> list[list[int]]:
        """Wait until these engines share all shards evenly and each reaches the owner of any; the
        shards of each."""
        every = list(range(self.settings.shards))
        found: object = None
        async with asyncio.timeout(BALANCED_SECONDS):
            while True:
                for place in places:
                    process = self.roles[place].process
                    assert process is not None
                    assert process.poll() is None, self.roles[place].log
                try:
                    shares = await self.shards(*places)
                    healthy = [await self.health(place) for place in places]
                except EngineUnavailable:
                    await asyncio.sleep(0.05)
                    continue
                counts = [len(share) for share in shares]
                together = sorted(shard for share in shares for shard in share)
                found = (shares, healthy)
                even = max(counts) - min(counts) <= 1
                if together == every and even and healthy == [None] * len(places):
                    return shares
                await asyncio.sleep(0.05)
        raise AssertionError(found)

    async def health(self, place: int) -> str | None:
        """None when an engine charges, else why not."""
        async with self.client(place) as client:
            return await client.health()

    def stop(self) -> None:
        """Stop what still runs."""
        for role in self.roles:
            if role.process is not None and role.process.poll() is None:
                role.process.send_signal(signal.SIGCONT)
                role.stop()


def _environment(settings: Settings) -> dict[str, str]:
    variables = {"OPENMVNO_DIAMETER_ORIGIN_HOST": settings.diameter_origin_host}
    if settings.engine_token is not None:
        variables["OPENMVNO_ENGINE_TOKEN"] = settings.engine_token.get_secret_value()
    return variables


def _another(settings: Settings, free_port: Callable[[], int], place: int) -> Settings:
    return settings.model_copy(
        update={
            "diameter_port": free_port(),
            "engine_grpc_port": free_port(),
            "diameter_origin_host": f"ocs{place}.openmvno.example",
        }
    )
