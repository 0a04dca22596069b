"""The append-only table ``audit_entry``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from openmvno.actor import Actor
from openmvno.database.rows import fetch_all, newest_first
from openmvno.identifiers import new_id

COLUMNS = (
    "tenant_id",
    "entry_id",
    "actor",
    "token_id",
    "request_id",
    "action",
    "subject_type",
    "subject_id",
    "before",
    "after",
)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change: who, when, on which request, and the subject before and after it."""

    entry_id: UUID
    at: datetime
    actor: str
    token_id: UUID | None
    request_id: str
    action: str
    subject_type: str
    subject_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


async def record(
    connection: AsyncConnection[Any],
    actor: Actor,
    action: str,
    subject_type: str,
    subject_id: object,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Write one entry in the caller's transaction. ``action`` reads like ``line.blocked``."""
    await connection.execute(
        "INSERT INTO audit_entry (tenant_id, entry_id, actor, token_id, request_id, action,"
        " subject_type, subject_id, before, after)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        _row(actor, action, subject_type, subject_id, before, after),
    )


def audit_rows(
    actor: Actor,
    action: str,
    subject_type: str,
    subjects: Iterable[tuple[object, dict[str, Any]]],
) -> Iterator[tuple[object, ...]]:
    """Rows in the order of ``COLUMNS``, for loading many (subject id, after) by COPY."""
    for subject_id, after in subjects:
        yield _row(actor, action, subject_type, subject_id, None, after)


def _row(
    actor: Actor,
    action: str,
    subject_type: str,
    subject_id: object,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> tuple[object, ...]:
    return (
        actor.tenant_id,
        new_id(),
        actor.name,
        actor.token_id,
        actor.request_id,
        action,
        subject_type,
        str(subject_id),
        None if before is None else Jsonb(before),
        None if after is None else Jsonb(after),
    )


async def list_entries(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    *,
    subject_type: str | None,
    subject_id: str | None,
    before: UUID | None,
    limit: int,
) -> list[AuditEntry]:
    """Entries from the newest on, older than the entry ``before``."""
    return await fetch_all(
        connection,
        AuditEntry,
        "SELECT entry_id, at, actor, token_id, request_id, action, subject_type, subject_id,"
        " before, after FROM audit_entry WHERE tenant_id = %(tenant_id)s"
        " AND (%(subject_type)s::text IS NULL OR subject_type = %(subject_type)s)"
        " AND (%(subject_id)s::text IS NULL OR subject_id = %(subject_id)s)"
        f"{newest_first('entry_id')}",
        {
            "tenant_id": tenant_id,
            "subject_type": subject_type,
            "subject_id": subject_id,
            "before": before,
            "limit": limit,
        },
    )
