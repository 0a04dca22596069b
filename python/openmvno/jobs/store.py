"""Tables ``bulk_job`` and ``bulk_job_row``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from openmvno.actor import Actor
from openmvno.charging import CommandPlace
from openmvno.database.copying import copy_rows
from openmvno.database.rows import fetch_all, fetch_one, fetch_written, newest_first
from openmvno.identifiers import new_id
from openmvno.jobs.model import Job, Rejection, Row, Unsettled
from openmvno.jobs.rows import Numbered

_JOB = "job_id, kind, state, total, done, failed, created_by, created_at, started_at, finished_at"


async def begin(
    connection: AsyncConnection[Any],
    actor: Actor,
    kind: str,
    rows: Sequence[Numbered],
    *,
    is_text: bool,
) -> Job:
    """Keep a job with its rows until it is worked."""
    kept = {
        "request_id": actor.request_id,
        "token_id": None if actor.token_id is None else str(actor.token_id),
        "user_id": None if actor.user_id is None else str(actor.user_id),
        "address": actor.address,
    }
    job = await fetch_written(
        connection,
        Job,
        "INSERT INTO bulk_job (tenant_id, job_id, kind, is_text, total, created_by, actor)"
        f" VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING {_JOB}",
        (actor.tenant_id, new_id(), kind, is_text, len(rows), actor.name, Jsonb(kept)),
    )
    await copy_rows(
        connection,
        "bulk_job_row",
        ("tenant_id", "job_id", "number", "content"),
        ((actor.tenant_id, job.job_id, number, Jsonb(content)) for number, content in rows),
    )
    return job


async def find(
    connection: AsyncConnection[Any], tenant_id: UUID, job_id: UUID, *, lock: bool = False
) -> Job | None:
    """A job of the tenant."""
    return await fetch_one(
        connection,
        Job,
        f"SELECT {_JOB} FROM bulk_job WHERE tenant_id = %s AND job_id = %s"
        + (" FOR UPDATE" if lock else ""),
        (tenant_id, job_id),
    )


async def list_jobs(
    connection: AsyncConnection[Any], tenant_id: UUID, *, before: UUID | None, limit: int
) -> list[Job]:
    """Jobs from the newest on."""
    return await fetch_all(
        connection,
        Job,
        f"SELECT {_JOB} FROM bulk_job WHERE tenant_id = %(tenant)s{newest_first('job_id')}",
        {"tenant": tenant_id, "before": before, "limit": limit},
    )


async def list_rejections(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    job_id: UUID,
    *,
    after: int | None,
    limit: int,
) -> list[Rejection]:
    """Rows that did not come true, in order."""
    return await fetch_all(
        connection,
        Rejection,
        "SELECT number, code, message, field FROM bulk_job_row WHERE tenant_id = %s"
        " AND job_id = %s AND state = 'failed' AND number > %s ORDER BY number LIMIT %s",
        (tenant_id, job_id, after or 0, limit),
    )


async def cancel(connection: AsyncConnection[Any], tenant_id: UUID, job_id: UUID) -> Job:
    """Let no further row of a locked job be begun."""
    return await fetch_written(
        connection,
        Job,
        "UPDATE bulk_job SET state = 'cancelled' WHERE tenant_id = %s AND job_id = %s"
        f" RETURNING {_JOB}",
        (tenant_id, job_id),
    )


async def open_jobs(connection: AsyncConnection[Any]) -> list[tuple[UUID, UUID]]:
    """(tenant, job) of all that are not finished, the oldest first."""
    cursor = await connection.execute(
        "SELECT tenant_id, job_id FROM bulk_job WHERE finished_at IS NULL ORDER BY job_id"
    )
    return await cursor.fetchall()


async def take_row(connection: AsyncConnection[Any], tenant_id: UUID, job_id: UUID) -> Row | None:
    """The next row to be worked, for this transaction alone; None when there is none, or the job
    is cancelled."""
    return await fetch_one(
        connection,
        Row,
        "SELECT r.number, r.content, j.is_text, j.kind,"
        " j.actor || jsonb_build_object('name', j.created_by) AS actor"
        " FROM bulk_job_row r JOIN bulk_job j USING (tenant_id, job_id)"
        " WHERE r.tenant_id = %s AND r.job_id = %s AND r.state = 'waiting'"
        " AND j.state <> 'cancelled' ORDER BY r.number LIMIT 1 FOR UPDATE OF r SKIP LOCKED",
        (tenant_id, job_id),
    )


async def note_applied(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    job_id: UUID,
    number: int,
    commands: Sequence[CommandPlace],
    undo: dict[str, Any] | None,
) -> None:
    """A row has written what it has to, and waits for the engine."""
    await connection.execute(
        "UPDATE bulk_job_row SET state = 'applied', content = NULL, commands = %s, undo = %s"
        " WHERE tenant_id = %s AND job_id = %s AND number = %s",
        (Jsonb(commands), None if undo is None else Jsonb(undo), tenant_id, job_id, number),
    )


async def note_done(
    connection: AsyncConnection[Any], tenant_id: UUID, job_id: UUID, numbers: Sequence[int]
) -> None:
    """These rows came true."""
    await connection.execute(
        "UPDATE bulk_job_row SET state = 'done', content = NULL, commands = NULL, undo = NULL"
        " WHERE tenant_id = %s AND job_id = %s AND number = ANY (%s)",
        (tenant_id, job_id, list(numbers)),
    )


async def note_failed(
    connection: AsyncConnection[Any], tenant_id: UUID, job_id: UUID, rejection: Rejection
) -> None:
    """A row did not come true."""
    await connection.execute(
        "UPDATE bulk_job_row SET state = 'failed', content = NULL, commands = NULL, undo = NULL,"
        " code = %s, message = %s, field = %s"
        " WHERE tenant_id = %s AND job_id = %s AND number = %s",
        (
            rejection.code,
            rejection.message,
            rejection.field,
            tenant_id,
            job_id,
            rejection.number,
        ),
    )


async def count(
    connection: AsyncConnection[Any], tenant_id: UUID, job_id: UUID, *, done: int, failed: int
) -> None:
    """Add to a job's progress; in the transaction that changes its rows."""
    await connection.execute(
        "UPDATE bulk_job SET done = done + %s, failed = failed + %s,"
        " state = CASE WHEN state = 'waiting' THEN 'running' ELSE state END,"
        " started_at = coalesce(started_at, now()) WHERE tenant_id = %s AND job_id = %s",
        (done, failed, tenant_id, job_id),
    )


async def take_unsettled(
    connection: AsyncConnection[Any], tenant_id: UUID, job_id: UUID, limit: int
) -> list[Unsettled]:
    """Rows that wait for the engine, the oldest first, for this transaction alone."""
    return await fetch_all(
        connection,
        Unsettled,
        "SELECT r.number, j.kind, r.commands, r.undo,"
        " j.actor || jsonb_build_object('name', j.created_by) AS actor"
        " FROM bulk_job_row r JOIN bulk_job j USING (tenant_id, job_id)"
        " WHERE r.tenant_id = %s AND r.job_id = %s AND r.state = 'applied'"
        " ORDER BY r.number LIMIT %s FOR UPDATE OF r SKIP LOCKED",
        (tenant_id, job_id, limit),
    )


async def outcomes_of(
    connection: AsyncConnection[Any], tenant_id: UUID, places: Sequence[CommandPlace]
) -> dict[CommandPlace, dict[str, Any]]:
    """What the engine answered, as far as it is noted down."""
    cursor = await connection.execute(
        "SELECT c.shard, c.seq, c.outcome FROM engine_command AS c"
        " JOIN unnest(%s::int[], %s::bigint[]) AS place (shard, seq) USING (shard, seq)"
        " WHERE c.tenant_id = %s AND c.outcome IS NOT NULL",
        ([shard for shard, _ in places], [seq for _, seq in places], tenant_id),
    )
    return {(shard, seq): outcome for shard, seq, outcome in await cursor.fetchall()}


async def finish(connection: AsyncConnection[Any], tenant_id: UUID, job_id: UUID) -> bool:
    """End a job that has no row left to be worked or settled; whether it has ended.

    What a cancelled one was to do is forgotten.
    """
    cursor = await connection.execute(
        "UPDATE bulk_job j SET finished_at = now(),"
        " state = CASE WHEN state = 'cancelled' THEN state ELSE 'done' END"
        " WHERE tenant_id = %(tenant)s AND job_id = %(job)s AND finished_at IS NULL"
        " AND (j.done + j.failed = j.total OR j.state = 'cancelled' AND NOT EXISTS ("
        "  SELECT FROM bulk_job_row r WHERE r.tenant_id = %(tenant)s AND r.job_id = %(job)s"
        "  AND r.state = 'applied')) RETURNING state",
        {"tenant": tenant_id, "job": job_id},
    )
    row = await cursor.fetchone()
    if row is not None and row[0] == "cancelled":
        await connection.execute(
            "DELETE FROM bulk_job_row WHERE tenant_id = %s AND job_id = %s AND state = 'waiting'",
            (tenant_id, job_id),
        )
    return row is not None
