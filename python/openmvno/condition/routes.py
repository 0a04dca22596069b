"""The route of the installation's condition: for whoever runs it, not for its tenants."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from litestar import get
from litestar.di import NamedDependency

from openmvno.charging import EngineRates
from openmvno.condition import judging, store
from openmvno.condition.engines import EngineState, Shard, engine_states, shard_states
from openmvno.condition.model import ORDER, Database, Finding, ProcessReport, worst
from openmvno.condition.schemas import (
    DatabaseView,
    EngineView,
    FindingView,
    ProcessView,
    ShardView,
    SystemView,
    TargetQueueView,
)
from openmvno.rest import Call, requires
from openmvno.statistics import materialiser_lag

TAGS: Final = ["Operation"]


@get("/system", guards=[requires("peers:read")], tags=TAGS, summary="How the installation is")
async def show_system(call: NamedDependency[Call]) -> SystemView:
    """Engines and shards, the materialiser, deliveries, database, archive and backup, processes;
    what is wrong with them, and what to do. It is of all tenants.
    """
    rates: EngineRates = call.request.app.state.rates
    recent = await rates.recent()
    async with call.connection() as connection:
        shards = shard_states(recent, await store.shard_count(connection))
        lag = await materialiser_lag(connection)
        queues = await store.target_queues(connection)
        database = await store.database(connection)
        reports = await store.reports(connection)
    now = datetime.now(UTC)
    engines = engine_states(recent)
    backup, last_backup_at = judging.backup(database, reports, now)
    releases = [each.version for each in engines if each.version]
    releases += [each.version for each in reports if now - each.reported_at <= judging.SILENT]
    findings = [
        *judging.engines(engines, shards),
        *judging.work(reports, lag, now),
        *judging.deliveries(queues, now),
        *judging.database(database),
        *backup,
        judging.versions([*releases, store.RELEASE]),
    ]
    return SystemView(
        at=now,
        state=worst(findings),
        findings=_shown(findings),
        engines=[_engine_view(each) for each in engines],
        shards=[_shard_view(each) for each in shards],
        shards_without_owner=[each.shard for each in shards if each.engine is None],
        open_sessions=sum(each.sessions for each in engines),
        lag_seconds=round(lag, 3),
        deliveries=[
            TargetQueueView(
                each.tenant, each.target, each.waiting, each.dead, each.oldest_waiting_at
            )
            for each in queues
        ],
        database=_database_view(database, last_backup_at),
        processes=_processes(reports, now),
    )


def _shown(findings: Sequence[Finding]) -> list[FindingView]:
    ordered = sorted(findings, key=lambda each: -ORDER.index(each.state))
    return [
        FindingView(each.subject, each.state, each.found, each.advice, each.alert)
        for each in ordered
    ]


def _engine_view(each: EngineState) -> EngineView:
    return EngineView(
        each.address,
        each.answers,
        each.problem,
        each.origin_host,
        each.version,
        list(each.shards),
        each.storage_available,
        each.queue_age_ms,
        each.sessions,
        each.gateways,
    )


def _shard_view(each: Shard) -> ShardView:
    return ShardView(
        each.shard,
        each.engine,
        each.utilisation,
        each.queue_filled,
        each.memory_filled,
        each.sessions,
        each.accounts,
    )


def _database_view(found: Database, last_backup_at: datetime | None) -> DatabaseView:
    return DatabaseView(
        found.version,
        found.schema,
        found.size_bytes,
        found.connections,
        found.most_connections,
        found.archives,
        found.last_archived_at,
        last_backup_at,
    )


def _processes(reports: Sequence[ProcessReport], now: datetime) -> list[ProcessView]:
    """This one, and those that report."""
    own = ProcessView("serve", socket.gethostname(), store.RELEASE, None, now)
    return [
        own,
        *(
            ProcessView(each.process, each.host, each.version, each.started_at, each.reported_at)
            for each in reports
        ),
    ]


CONDITION_ROUTES: Final[list[Any]] = [show_system]
