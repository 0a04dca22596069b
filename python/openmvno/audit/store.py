"""The append-only table ``audit_entry``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from openmvno.actor import Actor
from openmvno.audit.masking import changed_fields
from openmvno.audit.model import AuditEntry, EntryFilter
from openmvno.database.rows import fetch_all, fetch_one, newest_first
from openmvno.identifiers import first_id_at, new_id

_TYPES: Final[dict[str, LiteralString]] = {
    "tenant_id": "uuid",
    "entry_id": "uuid",
    "kind": "text",
    "actor": "text",
    "token_id": "uuid",
    "user_id": "uuid",
    "address": "inet",
    "request_id": "text",
    "action": "text",
    "subject_type": "text",
    "subject_id": "text",
    "before": "jsonb",
    "after": "jsonb",
}
COLUMNS: Final = tuple(_TYPES)
_INSERT: Final[LiteralString] = (
    f"INSERT INTO audit_entry ({', '.join(_TYPES)}) VALUES ({', '.join(['%s'] * len(_TYPES))})"
)
_INSERT_MANY: Final[LiteralString] = (
    f"INSERT INTO audit_entry ({', '.join(_TYPES)})"
    f" SELECT * FROM unnest({', '.join(f'%s::{kind}[]' for kind in _TYPES.values())})"
)
_ENTRY: Final[LiteralString] = (
    "SELECT entry_id, at, kind, actor, token_id, user_id, address, request_id, action,"
    " subject_type, subject_id, before, after, number"
    " FROM audit_entry LEFT JOIN audit_link USING (tenant_id, entry_id)"
)


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
    """Write one change in the caller's transaction. ``action`` reads like ``line.blocked``.

    Of ``before`` and ``after`` it keeps what differs, secrets masked.
    """
    row = entry_row(actor, "change", action, subject_type, subject_id, before, after)
    await connection.execute(_INSERT, row)


async def insert_entries(
    connection: AsyncConnection[Any], rows: Sequence[tuple[object, ...]]
) -> None:
    """Write many, each as :func:`entry_row` makes it, by one statement: one for each would cost
    the database as much again."""
    await connection.execute(_INSERT_MANY, [list(column) for column in zip(*rows, strict=True)])


async def insert_read_subjects(
    connection: AsyncConnection[Any], rows: Sequence[tuple[object, ...]]
) -> None:
    """Write whose data entries about several subjects showed: (tenant, subject, entry)."""
    await connection.execute(
        "INSERT INTO audit_read_subject (tenant_id, subject_id, entry_id)"
        " SELECT * FROM unnest(%s::uuid[], %s::text[], %s::uuid[])",
        [list(column) for column in zip(*rows, strict=True)],
    )


def audit_rows(
    actor: Actor,
    action: str,
    subject_type: str,
    subjects: Iterable[tuple[object, dict[str, Any]]],
) -> Iterator[tuple[object, ...]]:
    """Rows in the order of ``COLUMNS``, for loading many (subject id, after) by COPY."""
    for subject_id, after in subjects:
        yield entry_row(actor, "change", action, subject_type, subject_id, None, after)


def entry_row(
    actor: Actor,
    kind: str,
    action: str,
    subject_type: str,
    subject_id: object,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> tuple[object, ...]:
    """A row in the order of ``COLUMNS``."""
    was, now = changed_fields(before, after)
    return (
        actor.tenant_id,
        new_id(),
        kind,
        actor.name,
        actor.token_id,
        actor.user_id,
        actor.address,
        actor.request_id,
        action,
        subject_type,
        str(subject_id),
        None if was is None else Jsonb(was),
        None if now is None else Jsonb(now),
    )


async def list_entries(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    wanted: EntryFilter,
    *,
    before: UUID | None,
    limit: int,
) -> list[AuditEntry]:
    """Entries from the newest on, older than the entry ``before``."""
    conditions: list[LiteralString] = ["tenant_id = %(tenant_id)s"]
    columns: dict[str, LiteralString] = {
        "kind": "kind",
        "subject_type": "subject_type",
        "action": "action",
        "actor": "actor",
        "user_id": "user_id",
        "token_id": "token_id",
        "address": "address",
        "request_id": "request_id",
    }
    for name, column in columns.items():
        if getattr(wanted, name) is not None:
            conditions.append(f"{column} = %({column})s")
    if wanted.subject_id is not None:
        conditions.append(
            "(subject_id = %(subject_id)s OR entry_id IN (SELECT entry_id FROM audit_read_subject"
            " WHERE tenant_id = %(tenant_id)s AND subject_id = %(subject_id)s))"
        )
    # An entry's id begins with its time, so a time is a place in the index.
    if wanted.since is not None:
        conditions.append("entry_id >= %(first)s")
    if wanted.until is not None:
        conditions.append("entry_id < %(last)s")
    return await fetch_all(
        connection,
        AuditEntry,
        f"{_ENTRY} WHERE {' AND '.join(conditions)}{newest_first('entry_id')}",
        {
            **{name: getattr(wanted, name) for name in (*columns, "subject_id")},
            "tenant_id": tenant_id,
            "first": _id_at(wanted.since),
            "last": _id_at(wanted.until),
            "before": before,
            "limit": limit,
        },
    )


async def entry_by_id(
    connection: AsyncConnection[Any], tenant_id: UUID, entry_id: UUID
) -> AuditEntry | None:
    """One entry."""
    query = f"{_ENTRY} WHERE tenant_id = %s AND entry_id = %s"
    return await fetch_one(connection, AuditEntry, query, (tenant_id, entry_id))


def _id_at(moment: datetime | None) -> UUID | None:
    return None if moment is None else first_id_at(moment)
