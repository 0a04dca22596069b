"""The ``radius`` process: UDP on one side, the engine's gRPC on the other.

A process of its own, so that neither the engine nor the API shares an interpreter with it.
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any, Final

import psycopg
import uvloop
from opentelemetry import metrics
from psycopg_pool import PoolTimeout

from openmvno._core import CoreError, RadiusGate
from openmvno.database import Pool, Role, create_pool
from openmvno.gateways.grpc.engine_client import GrpcEngineClient
from openmvno.gateways.radius.door import RadiusDoor
from openmvno.nas import clients_state, gate_clients
from openmvno.provisioning import Sealer
from openmvno.readiness import announce_ready, stop_on_signals
from openmvno.settings import Settings
from openmvno.telemetry.radius_metrics import RadiusMetrics

log = logging.getLogger(__name__)

RELOAD_SECONDS: Final = 0.5
"""How often the clients are looked at."""

TICK_SECONDS: Final = 1.0

EXIT_OK: Final = 0
EXIT_CANNOT_START: Final = 1


def main(settings: Settings) -> int:
    """Serve until SIGTERM; returns the exit status."""
    return uvloop.run(_run(settings))


async def _run(settings: Settings) -> int:
    stop = stop_on_signals()
    sealer = Sealer.from_settings(settings)
    gate = RadiusGate(settings.country_code)
    async with (
        create_pool(settings, "radius", role=Role.RADIUS, maximum=4) as pool,
        GrpcEngineClient.from_settings(settings) as engine,
    ):
        clients = Clients(gate, pool, sealer)
        await clients.refresh()
        door = RadiusDoor(gate, engine, pool, sealer)
        try:
            door.open(settings)
        except OSError as error:
            log.error("RADIUS cannot listen: %s", error)  # noqa: TRY400 -- a sentence
            return EXIT_CANNOT_START
        statistics = RadiusMetrics(metrics.get_meter("openmvno.radius"))
        log.info(
            "RADIUS on %s, authentication %d, accounting %d",
            settings.listen_address,
            settings.radius_authentication_port,
            settings.radius_accounting_port,
        )
        tasks = [
            asyncio.create_task(clients.watch(), name="clients"),
            asyncio.create_task(_tick(door, statistics), name="timers"),
        ]
        announce_ready()
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
        await door.drain(settings.drain_seconds)
        for task in (stopped, *tasks):
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        await door.close()
    return EXIT_OK if all(_ended_well(result) for result in results) else EXIT_CANNOT_START


def _ended_well(result: object) -> bool:
    if isinstance(result, Exception):
        log.critical("a part of the door failed", exc_info=result)
        return False
    return True


async def _tick(door: RadiusDoor, statistics: RadiusMetrics) -> None:
    while True:
        await asyncio.sleep(TICK_SECONDS)
        door.tick()
        figures: dict[str, Any] = json.loads(door.gate.statistics())
        statistics.update({**figures, "unsent": door.unsent})


class Clients:
    """Keeps the gate's clients as the table has them."""

    def __init__(self, gate: RadiusGate, pool: Pool, sealer: Sealer) -> None:
        self._gate = gate
        self._pool = pool
        self._sealer = sealer
        self._state: tuple[Any, ...] | None = None

    async def refresh(self) -> None:
        """Take the table over, when it has changed."""
        async with self._pool.connection() as connection:
            state = await clients_state(connection)
            if state == self._state:
                return
            served = await gate_clients(connection, self._sealer)
        self._gate.set_clients(json.dumps(served).encode())
        self._state = state
        log.info("RADIUS clients: %d", len(served))

    async def watch(self) -> None:
        """Follow the table until cancelled; those known are served while it cannot be read."""
        while True:
            await asyncio.sleep(RELOAD_SECONDS)
            try:
                await self.refresh()
            except (psycopg.Error, PoolTimeout, OSError, CoreError) as error:
                log.warning("RADIUS clients cannot be read: %s", str(error).strip())
