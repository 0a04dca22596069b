"""A job and its rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from openmvno.charging import CommandPlace


@dataclass(frozen=True, slots=True)
class Job:
    """``state``: waiting, running, done, cancelled. ``total`` rows, of which ``done`` came true and
    ``failed`` did not; the others wait, or wait for the charging engine."""

    job_id: UUID
    kind: str
    state: str
    total: int
    done: int
    failed: int
    created_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that did not come true, and why. ``number``: 1 for the first row; of a CSV file, the
    line, of which the first names the columns."""

    number: int
    code: str
    message: str
    field: str | None


@dataclass(frozen=True, slots=True)
class Applied:
    """What a row has written: the commands it waits for, and what undoes it where the engine
    refuses a part."""

    commands: list[CommandPlace] = field(default_factory=list)
    undo: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is to be worked. ``is_text``: its values come from a CSV file."""

    number: int
    content: dict[str, Any]
    is_text: bool
    kind: str
    actor: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A row whose commands the engine has not answered yet, as far as was known."""

    number: int
    kind: str
    commands: list[list[int]]
    undo: dict[str, Any] | None
    actor: dict[str, Any]
