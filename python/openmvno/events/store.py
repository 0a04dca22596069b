"""Table ``engine_event``."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.database.rows import fetch_all
from openmvno.events.model import EngineEvent

_COLUMNS = "tenant_id, event_id, account_id, line_id, kind, detail, occurred_at, shard, journal_seq"

ARRIVED: Final = "arrived_event"
"""The events of the transaction: columns of ``engine_event`` and ``place``, their order."""

_COPIED = (
    "tenant_id, event_id, account_id, line_id, kind, detail, occurred_at, recorded_at, shard,"
    " journal_seq"
)
_CREATE = (
    f"CREATE TEMPORARY TABLE IF NOT EXISTS {ARRIVED} (LIKE engine_event INCLUDING DEFAULTS,"
    " place bigint GENERATED ALWAYS AS IDENTITY) ON COMMIT DELETE ROWS"
)


async def copy_events(connection: AsyncConnection[Any], stream: bytes) -> None:
    """Insert events from a COPY BINARY stream; they are in :data:`ARRIVED` until the commit."""
    await connection.execute(_CREATE)
    async with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {ARRIVED} ({_COPIED}) FROM STDIN (FORMAT binary)") as copy,
    ):
        await copy.write(stream)
    await connection.execute(
        f"INSERT INTO engine_event ({_COPIED}) SELECT {_COPIED} FROM {ARRIVED}"
    )


async def list_events(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    *,
    account_id: UUID | None,
    line_id: UUID | None,
    kind: str | None,
    before: UUID | None,
    limit: int,
) -> list[EngineEvent]:
    """Events from the newest on, older than the event ``before``."""
    conditions = ["tenant_id = %(tenant)s"]
    for column, value in (("account_id", account_id), ("line_id", line_id), ("kind", kind)):
        if value is not None:
            conditions.append(f"{column} = %({column})s")
    if before is not None:
        conditions.append("event_id < %(before)s")
    return await fetch_all(
        connection,
        EngineEvent,
        f"SELECT {_COLUMNS} FROM engine_event WHERE {' AND '.join(conditions)}"
        " ORDER BY event_id DESC LIMIT %(limit)s",
        {
            "tenant": tenant_id,
            "account_id": account_id,
            "line_id": line_id,
            "kind": kind,
            "before": before,
            "limit": limit,
        },
    )
