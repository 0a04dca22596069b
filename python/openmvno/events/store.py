"""Table ``engine_event``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from openmvno.events.model import EngineEvent

_COLUMNS = "tenant_id, event_id, account_id, line_id, kind, detail, occurred_at, shard, journal_seq"


async def insert_events(
    connection: AsyncConnection[Any], events: Sequence[EngineEvent]
) -> set[tuple[UUID, UUID]]:
    """Insert events; returns (tenant, event) of those that were not there already."""
    cursor = await connection.execute(
        f"INSERT INTO engine_event ({_COLUMNS}) SELECT * FROM unnest(%s::uuid[], %s::uuid[],"
        " %s::uuid[], %s::uuid[], %s::text[], %s::jsonb[], %s::timestamptz[], %s::int4[],"
        " %s::int8[]) ON CONFLICT DO NOTHING RETURNING tenant_id, event_id",
        (
            [event.tenant_id for event in events],
            [event.event_id for event in events],
            [event.account_id for event in events],
            [event.line_id for event in events],
            [event.kind for event in events],
            [Jsonb(event.detail) for event in events],
            [event.occurred_at for event in events],
            [event.shard for event in events],
            [event.journal_seq for event in events],
        ),
    )
    return {(row[0], row[1]) for row in await cursor.fetchall()}


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
    cursor = connection.cursor(row_factory=class_row(EngineEvent))
    conditions = ["tenant_id = %(tenant)s"]
    for column, value in (("account_id", account_id), ("line_id", line_id), ("kind", kind)):
        if value is not None:
            conditions.append(f"{column} = %({column})s")
    if before is not None:
        conditions.append("event_id < %(before)s")
    await cursor.execute(
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
    return await cursor.fetchall()
