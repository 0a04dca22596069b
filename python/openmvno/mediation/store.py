"""Tables ``usage_file`` and ``usage_record``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.charging import command_of
from openmvno.database.copying import copy_rows
from openmvno.database.rows import fetch_all, fetch_one
from openmvno.mediation.model import RecordFate, UsageFile

RECORD_COLUMNS = (
    "tenant_id",
    "file_id",
    "line_number",
    "record_id",
    "state",
    "code",
    "message",
    "content_key",
    "record",
    "account_id",
    "line_id",
    "shard",
    "command_seq",
)

_COUNTED_FILE = (
    "SELECT file_id, file_name, accepted, duplicates, rejected, chosen.created_at,"
    " count(*) FILTER (WHERE outcome ? 'ok') AS rated,"
    " count(*) FILTER (WHERE outcome ? 'error') AS refused"
    " FROM chosen LEFT JOIN usage_record USING (tenant_id, file_id)"
    f"{command_of('usage_record')}"
    " GROUP BY file_id, file_name, accepted, duplicates, rejected, chosen.created_at"
    " ORDER BY file_id DESC"
)


async def insert_file(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    file_id: UUID,
    file_name: str,
    content_key: bytes,
) -> bool:
    """Take a file; False when one with the same content was taken before."""
    cursor = await connection.execute(
        "INSERT INTO usage_file"
        " (tenant_id, file_id, file_name, content_key, accepted, duplicates, rejected)"
        " VALUES (%s, %s, %s, %s, 0, 0, 0) ON CONFLICT (tenant_id, content_key) DO NOTHING",
        (tenant_id, file_id, file_name, content_key),
    )
    return cursor.rowcount == 1


async def file_with_content(
    connection: AsyncConnection[Any], tenant_id: UUID, content_key: bytes
) -> UUID | None:
    """The file that has this content."""
    cursor = await connection.execute(
        "SELECT file_id FROM usage_file WHERE tenant_id = %s AND content_key = %s",
        (tenant_id, content_key),
    )
    row = await cursor.fetchone()
    return None if row is None else row[0]


async def set_counts(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    file_id: UUID,
    accepted: int,
    duplicates: int,
    rejected: int,
) -> None:
    """Write what became of the lines."""
    await connection.execute(
        "UPDATE usage_file SET accepted = %s, duplicates = %s, rejected = %s"
        " WHERE tenant_id = %s AND file_id = %s",
        (accepted, duplicates, rejected, tenant_id, file_id),
    )


async def lock_records(connection: AsyncConnection[Any], tenant_id: UUID) -> None:
    """Let one file of a tenant at a time look for records known already."""
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('usage_record ' || %s::text, 0))",
        (tenant_id,),
    )


async def known_records(
    connection: AsyncConnection[Any], tenant_id: UUID, record_ids: Sequence[str]
) -> dict[str, str]:
    """Content key by record id, of the records accepted before."""
    cursor = await connection.execute(
        "SELECT record_id, content_key FROM usage_record"
        " WHERE tenant_id = %s AND record_id = ANY(%s) AND state = 'accepted'",
        (tenant_id, list(record_ids)),
    )
    return dict(await cursor.fetchall())


async def copy_records(connection: AsyncConnection[Any], rows: Iterable[Sequence[object]]) -> None:
    """Load records in the order of ``RECORD_COLUMNS``."""
    await copy_rows(connection, "usage_record", RECORD_COLUMNS, rows)


async def file_by_id(
    connection: AsyncConnection[Any], tenant_id: UUID, file_id: UUID
) -> UsageFile | None:
    """One file with how far the engine is."""
    return await fetch_one(
        connection,
        UsageFile,
        "WITH chosen AS (SELECT * FROM usage_file WHERE tenant_id = %s AND file_id = %s) "
        + _COUNTED_FILE,
        (tenant_id, file_id),
    )


async def list_files(
    connection: AsyncConnection[Any], tenant_id: UUID, *, before: UUID | None, limit: int
) -> list[UsageFile]:
    """Files from the newest on."""
    return await fetch_all(
        connection,
        UsageFile,
        "WITH chosen AS (SELECT * FROM usage_file WHERE tenant_id = %(tenant)s"
        " AND (%(before)s::uuid IS NULL OR file_id < %(before)s)"
        " ORDER BY file_id DESC LIMIT %(limit)s) " + _COUNTED_FILE,
        {"tenant": tenant_id, "before": before, "limit": limit},
    )


async def list_records(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    file_id: UUID,
    *,
    after: int | None,
    limit: int,
) -> list[RecordFate]:
    """The lines of a file in order, each with its fate."""
    return await fetch_all(
        connection,
        RecordFate,
        "SELECT line_number, record_id, state, code, message, record, account_id, line_id, outcome"
        f" FROM usage_record{command_of('usage_record')}"
        " WHERE usage_record.tenant_id = %(tenant)s AND file_id = %(file)s"
        " AND (%(after)s::int IS NULL OR line_number > %(after)s)"
        " ORDER BY line_number LIMIT %(limit)s",
        {"tenant": tenant_id, "file": file_id, "after": after, "limit": limit},
    )
