"""Jobs as the API shows them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from openmvno.jobs.model import Job
from openmvno.rest.moments import Moment


class JobView(msgspec.Struct):
    """A job and how far it is. What is neither ``done`` nor ``failed`` is yet to come."""

    id: UUID
    kind: Annotated[str, Meta(examples=["line-statuses"])]
    state: Annotated[
        str, Meta(examples=["running"], description="waiting, running, done or cancelled")
    ]
    total: Annotated[int, Meta(examples=[1000], description="Rows")]
    done: Annotated[int, Meta(examples=[420], description="Rows that came true")]
    failed: Annotated[int, Meta(examples=[3], description="Rows that did not; see rejections")]
    created_by: Annotated[str, Meta(examples=["care desk"])]
    created_at: Moment
    started_at: Moment | None
    finished_at: Moment | None


class RejectionView(msgspec.Struct):
    """A row that did not come true. ``number``: 1 for the first in JSON; in CSV its line, of which
    the first names the columns. ``code`` is that of the single call."""

    number: Annotated[int, Meta(examples=[17])]
    code: Annotated[str, Meta(examples=["line_not_found"])]
    message: Annotated[str, Meta(examples=["No live line has the number 385910000009."])]
    field: Annotated[str | None, Meta(examples=["msisdn"])]


def job_view(job: Job) -> JobView:
    """What the API shows of a job."""
    return JobView(
        job.job_id,
        job.kind,
        job.state,
        job.total,
        job.done,
        job.failed,
        job.created_by,
        job.created_at,
        job.started_at,
        job.finished_at,
    )
