"""What is known of the installation, and what is found of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    """``critical``: charging suffers or will soon, as an alert that pages somebody; ``warning``:
    as one that makes a ticket."""

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"


ORDER = (State.OK, State.WARNING, State.CRITICAL)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``alert``: the rule of docs/operations it goes by, empty
    where there is none; ``advice``: what to do, empty while it is well."""

    subject: str
    state: State
    found: str
    advice: str = ""
    alert: str = ""


def worst(findings: Sequence[Finding]) -> State:
    """The state of all together."""
    return max((each.state for each in findings), key=ORDER.index, default=State.OK)


@dataclass(frozen=True, slots=True)
class TargetQueue:
    """What waits for one target. Counts end at :data:`MOST_COUNTED`."""

    tenant: str
    target: str
    waiting: int
    dead: int
    oldest_waiting_at: datetime | None


@dataclass(frozen=True, slots=True)
class Database:
    """PostgreSQL, as everyone who connects may see it."""

    version: str
    size_bytes: int
    connections: int
    most_connections: int
    schema: str
    archives: bool
    last_archived_at: datetime | None
    failed_wal: str | None
    failed_at: datetime | None
    archive_fails: bool


@dataclass(frozen=True, slots=True)
class ProcessReport:
    """What a ``work`` process wrote of itself a few seconds ago."""

    process: str
    host: str
    pid: int
    version: str
    started_at: datetime
    reported_at: datetime
    figures: dict[str, object]
