"""The ``work`` process: materialiser, deliveries of the outbox, housekeeping."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterable

import uvloop
from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Observation

from openmvno.audit import ANCHOR_KEY, sealing
from openmvno.database import Role, connection_url, create_pool
from openmvno.provisioning import Sealer, delivery
from openmvno.readiness import announce_ready, stop_on_signals
from openmvno.settings import Settings
from openmvno.work import housekeeping
from openmvno.work.materialiser import Materialiser

log = logging.getLogger(__name__)

# The charging path comes first; at 19 a busy machine would starve the materialiser altogether.
NICENESS = 10


def main(settings: Settings) -> int:
    """Work until SIGTERM; returns the exit status."""
    os.nice(NICENESS)
    return uvloop.run(_run(settings))


async def _run(settings: Settings) -> int:
    stop = stop_on_signals()
    owner = connection_url(settings)
    anchor_key = Sealer.from_settings(settings).key_for(ANCHOR_KEY)
    materialiser = Materialiser(connection_url(settings, Role.WORKER))
    _observe(materialiser)
    async with (
        create_pool(settings, "work", role=Role.WORKER, maximum=4) as pool,
        asyncio.TaskGroup() as group,
    ):
        group.create_task(materialiser.run(stop), name="materialiser")
        group.create_task(housekeeping.run(owner, stop), name="housekeeping")
        group.create_task(delivery.run(pool, settings, stop), name="delivery")
        group.create_task(sealing.run(pool, anchor_key, stop), name="audit sealing")
        if settings.embedded_database and settings.wal_stock_mb:
            stock = housekeeping.stock_wal(owner, settings.wal_stock_mb, stop)
            group.create_task(stock, name="WAL stock")
        announce_ready()
    return 0


def _observe(materialiser: Materialiser) -> None:
    meter = metrics.get_meter("openmvno.work")

    def lag(_: CallbackOptions) -> Iterable[Observation]:
        return [Observation(materialiser.lag_seconds)]

    def records(_: CallbackOptions) -> Iterable[Observation]:
        return [Observation(materialiser.records)]

    meter.create_observable_gauge(
        "openmvno.materialiser.lag", [lag], "s", "Age of the oldest journal row not materialised"
    )
    meter.create_observable_counter(
        "openmvno.materialiser.records", [records], "{record}", "Journal records materialised"
    )
