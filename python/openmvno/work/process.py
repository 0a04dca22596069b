"""The ``work`` process: materialiser, deliveries of the outbox, housekeeping."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterable

import uvloop
from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Meter, Observation

from openmvno import jobs, payer_changes, payments, porting, transfers
from openmvno.audit import ANCHOR_KEY, sealing
from openmvno.database import Role, connection_url, create_pool
from openmvno.gateways.grpc.engine_client import GrpcEngineClient
from openmvno.provisioning import Sealer, delivery, installation_key
from openmvno.readiness import announce_ready, keep_what_stays, stop_on_signals
from openmvno.settings import Settings
from openmvno.sims import import_worker
from openmvno.work import housekeeping, reporting
from openmvno.work.archive_watch import ArchiveWatch
from openmvno.work.books import DailyCheck
from openmvno.work.materialiser import Materialiser

log = logging.getLogger(__name__)

# The charging path comes first; at 19 a busy machine would starve the materialiser altogether.
NICENESS = 10
GC_AFTER = 20_000
"""Objects; a batch of the materialiser has thousands, which go by themselves."""


def main(settings: Settings) -> int:
    """Work until SIGTERM; returns the exit status."""
    os.nice(NICENESS)
    return uvloop.run(_run(settings))


async def _run(settings: Settings) -> int:
    stop = stop_on_signals()
    owner, worker = connection_url(settings), connection_url(settings, Role.WORKER)
    materialiser = Materialiser(worker)
    sealer = Sealer.from_settings(settings)
    anchor_key = installation_key(settings, ANCHOR_KEY)
    observe(materialiser, metrics.get_meter("openmvno.work"))
    async with (
        create_pool(settings, "work", role=Role.WORKER, maximum=4) as pool,
        create_pool(settings, "jobs", role=Role.TENANT, maximum=1) as tenant_pool,
        GrpcEngineClient.from_settings(settings) as engine,
        asyncio.TaskGroup() as group,
    ):
        archive: ArchiveWatch | None = None
        books = DailyCheck(worker, engine, sealer)
        observe_books(books, metrics.get_meter("openmvno.work"))
        group.create_task(books.run(stop), name="books")
        group.create_task(materialiser.run(stop), name="materialiser")
        group.create_task(housekeeping.run(owner, stop), name="housekeeping")
        group.create_task(delivery.run(pool, settings, stop), name="delivery")
        group.create_task(
            payments.carry_on(pool, sealer, settings.public_url, stop), name="payments"
        )
        group.create_task(transfers.carry_on(pool, stop), name="transfers")
        group.create_task(payer_changes.carry_on(pool, stop), name="changes of payer")
        group.create_task(sealing.run(pool, anchor_key, stop), name="audit sealing")
        group.create_task(
            import_worker.run(worker, settings, stop),
            name="SIM imports",
        )
        group.create_task(porting.run(pool, stop), name="porting")
        group.create_task(jobs.run(pool, tenant_pool, stop), name="jobs")
        if settings.embedded_database and settings.wal_stock_mb:
            stock = housekeeping.stock_wal(owner, settings.wal_stock_mb, stop)
            group.create_task(stock, name="WAL stock")
        if settings.embedded_database and settings.backup_dir is not None:
            archive = ArchiveWatch(owner)
            observe_archive(archive, metrics.get_meter("openmvno.work"))
            group.create_task(archive.run(stop), name="archive watch")
        report = reporting.run(
            pool,
            settings,
            lambda: None if archive is None else archive.waiting,
            lambda: books.mismatches,
            stop,
        )
        group.create_task(report, name="report")
        keep_what_stays(GC_AFTER)
        announce_ready()
    return 0


def observe_books(books: DailyCheck, meter: Meter) -> None:
    """Register what the check of the books found."""

    def mismatches(_: CallbackOptions) -> Iterable[Observation]:
        return [Observation(books.mismatches)]

    meter.create_observable_gauge(
        "openmvno.books.mismatches", [mismatches], "{mismatch}", "What the last check found wrong"
    )


def observe_archive(watch: ArchiveWatch, meter: Meter) -> None:
    """Register what waits to be archived."""

    def waiting(_: CallbackOptions) -> Iterable[Observation]:
        return [Observation(watch.waiting)]

    meter.create_observable_gauge(
        "openmvno.archive.waiting", [waiting], "{file}", "WAL files that are not archived yet"
    )


def observe(materialiser: Materialiser, meter: Meter) -> None:
    """Register the materialiser's figures."""

    def lag(_: CallbackOptions) -> Iterable[Observation]:
        return [Observation(materialiser.lag_seconds)]

    def records(_: CallbackOptions) -> Iterable[Observation]:
        return [Observation(materialiser.records)]

    def cdrs(_: CallbackOptions) -> Iterable[Observation]:
        return [Observation(materialiser.cdrs)]

    def charged(_: CallbackOptions) -> Iterable[Observation]:
        for currency, micros in list(materialiser.charged.items()):
            yield Observation(micros, {"currency": currency})

    # A refund takes away, so the money is no counter.
    meter.create_observable_up_down_counter(
        "openmvno.charged", [charged], "{micro}", "Amounts of the CDRs made, in micros"
    )
    meter.create_observable_counter("openmvno.cdrs", [cdrs], "{cdr}", "CDRs made")
    meter.create_observable_gauge(
        "openmvno.materialiser.lag", [lag], "s", "Age of the oldest journal row not materialised"
    )
    meter.create_observable_counter(
        "openmvno.materialiser.records", [records], "{record}", "Journal records materialised"
    )
