"""Usage files and their records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What else the price may depend on, as far as a file says it: data's Rating-Group, the
    serving network (MCC and MNC), the serving MSC or SGSN, the access point."""

    rating_group: int | None = None
    plmn: str | None = None
    msc: str | None = None
    apn: str | None = None


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """One good line of a file. ``usage`` is in the service's unit. ``destination``: digits, with a
    leading + or without, as the file has them; the engine reads them."""

    line_number: int
    record_id: str
    imsi: str | None
    msisdn: str | None
    service: str
    direction: str
    destination: str | None
    started_at: datetime
    usage: int
    raw: dict[str, str]
    circumstances: Circumstances = Circumstances()


@dataclass(frozen=True, slots=True)
class BadLine:
    """One line that cannot be read, and why."""

    line_number: int
    record_id: str
    code: str
    message: str
    raw: dict[str, str]


@dataclass(frozen=True, slots=True)
class UsageFile:
    """A file that was taken. ``accepted`` records went to the engine."""

    file_id: UUID
    file_name: str
    accepted: int
    duplicates: int
    rejected: int
    created_at: datetime
    rated: int = 0
    refused: int = 0

    @property
    def status(self) -> str:
        """processing until the engine has answered every accepted record, then processed."""
        return "processed" if self.rated + self.refused >= self.accepted else "processing"


@dataclass(frozen=True, slots=True)
class RecordFate:
    """What became of one line of a file."""

    line_number: int
    record_id: str
    state: str
    code: str | None
    message: str | None
    record: dict[str, Any]
    account_id: UUID | None
    line_id: UUID | None
    outcome: dict[str, Any] | None

    @property
    def fate(self) -> str:
        """rejected, duplicate, pending (with the engine), rated, refused (by the engine)."""
        if self.state != "accepted":
            return self.state
        if self.outcome is None:
            return "pending"
        if "error" in self.outcome:
            return "refused"
        return "duplicate" if self.outcome.get("duplicate") else "rated"
