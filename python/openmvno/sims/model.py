"""A SIM card, and the import it came with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Sim:
    """``state``: available, in_use, lost, disposed."""

    iccid: str
    imsi: str
    state: str
    line_id: UUID | None
    import_id: UUID | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line of the file that was not loaded, and why."""

    line_number: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class SimImport:
    """What became of a file. ``already_known``: lines that equal a card in the inventory."""

    import_id: UUID
    file_name: str
    loaded: int
    already_known: int
    rejected: int
    report: list[dict[str, Any]]
    created_at: datetime
