"""The condition of the installation as the API shows it."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from openmvno.rest.moments import Moment

StateName = Annotated[str, Meta(examples=["ok"], description="ok, warning or critical")]


class FindingView(msgspec.Struct):
    """One thing that was looked at."""

    subject: Annotated[str, Meta(examples=["engines"])]
    state: StateName
    found: Annotated[str, Meta(examples=["2 answer and have all 16 shards between them."])]
    advice: Annotated[str, Meta(examples=[""], description="What to do; empty while it is well")]
    alert: Annotated[
        str, Meta(examples=["NobodyCharges"], description="Section of the runbook, if there is one")
    ]


class EngineView(msgspec.Struct):
    """An engine."""

    address: Annotated[str, Meta(examples=["127.0.0.1:50052"])]
    answers: bool
    problem: Annotated[str, Meta(examples=[""], description="Why it does not answer")]
    origin_host: Annotated[str, Meta(examples=["ocs1.example.org"])]
    version: Annotated[str, Meta(examples=["0.1.0"])]
    shards: list[int]
    storage_available: Annotated[bool, Meta(description="Commits go through")]
    queue_age_ms: Annotated[int, Meta(examples=[1])]
    open_sessions: Annotated[int, Meta(examples=[5210])]
    gateways: Annotated[int, Meta(examples=[2])]


class ShardView(msgspec.Struct):
    """A shard."""

    shard: Annotated[int, Meta(examples=[0])]
    engine: Annotated[str | None, Meta(examples=["127.0.0.1:50052"])]
    utilisation: Annotated[
        float | None,
        Meta(examples=[0.12], description="Share of the last seconds it was being applied"),
    ]
    queue_filled: Annotated[float, Meta(examples=[0.01])]
    memory_filled: Annotated[float, Meta(examples=[0.2])]
    open_sessions: Annotated[int, Meta(examples=[320])]
    accounts: Annotated[int, Meta(examples=[6200])]


class TargetQueueView(msgspec.Struct):
    """What waits for a target of a tenant; counts end at 10,000."""

    tenant: Annotated[str, Meta(examples=["acme"])]
    target: Annotated[str, Meta(examples=["hlr"])]
    waiting: Annotated[int, Meta(examples=[3])]
    dead: Annotated[int, Meta(examples=[0])]
    oldest_waiting_at: Moment | None


class DatabaseView(msgspec.Struct):
    """PostgreSQL."""

    version: Annotated[str, Meta(examples=["16.4"])]
    schema: Annotated[str, Meta(examples=["0019"])]
    size_bytes: Annotated[int, Meta(examples=[2147483648])]
    connections: Annotated[int, Meta(examples=[24])]
    most_connections: Annotated[int, Meta(examples=[100])]
    archives: bool
    last_archived_at: Moment | None
    last_backup_at: Moment | None


class ProcessView(msgspec.Struct):
    """A process that says so. Engines are told apart; ``radius`` does not report."""

    process: Annotated[str, Meta(examples=["work"])]
    host: Annotated[str, Meta(examples=["ocs1"])]
    version: Annotated[str, Meta(examples=["0.1.0"])]
    started_at: Moment | None
    reported_at: Moment


class SystemView(msgspec.Struct):
    """Everything at one time. ``state``: that of the worst finding; the worst come first."""

    at: Moment
    state: StateName
    findings: list[FindingView]
    engines: list[EngineView]
    shards: list[ShardView]
    shards_without_owner: list[int]
    open_sessions: Annotated[int, Meta(examples=[5210])]
    lag_seconds: Annotated[float, Meta(examples=[0.1])]
    deliveries: list[TargetQueueView]
    database: DatabaseView
    processes: list[ProcessView]
