"""Beginning, finding and cancelling jobs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit
from openmvno.actor import Actor
from openmvno.jobs import store
from openmvno.jobs.errors import JobFinished, JobNotFound
from openmvno.jobs.model import Job
from openmvno.jobs.rows import Numbered


async def begin(
    connection: AsyncConnection[Any],
    actor: Actor,
    kind: str,
    rows: Sequence[Numbered],
    *,
    is_text: bool,
) -> Job:
    """Keep rows as a job, which `work` begins soon."""
    job = await store.begin(connection, actor, kind, rows, is_text=is_text)
    await audit.record(
        connection, actor, "job.begun", "job", job.job_id, after={"kind": kind, "rows": job.total}
    )
    return job


async def find(
    connection: AsyncConnection[Any], tenant_id: UUID, job_id: UUID, *, lock: bool = False
) -> Job:
    """A job of the tenant.

    Raises:
        JobNotFound.
    """
    job = await store.find(connection, tenant_id, job_id, lock=lock)
    if job is None:
        raise JobNotFound(f"There is no job {job_id}.", field="job_id")
    return job


async def cancel(connection: AsyncConnection[Any], actor: Actor, job: Job) -> Job:
    """Begin no further row of a locked job; what is done stays done. Again is no error.

    Raises:
        JobFinished.
    """
    if job.state == "cancelled":
        return job
    if job.finished_at is not None:
        raise JobFinished(f"All {job.total} rows have been worked.", field="job_id")
    cancelled = await store.cancel(connection, actor.tenant_id, job.job_id)
    await audit.record(
        connection,
        actor,
        "job.cancelled",
        "job",
        job.job_id,
        before={"state": job.state},
        after={"state": "cancelled", "done": job.done, "failed": job.failed},
    )
    return cancelled
