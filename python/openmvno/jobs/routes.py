"""Routes of jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Example, OpenAPIMediaType, RequestBody, Schema
from litestar.openapi.spec import Operation as DescribedOperation
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath

from openmvno.jobs import service, store
from openmvno.jobs.operations import OPERATIONS, Operation
from openmvno.jobs.rows import CSV_TYPES, rows_of
from openmvno.jobs.schemas import JobView, RejectionView, job_view
from openmvno.rest import Call, Done, Page, PageRequest, page_of, requires
from openmvno.rest.call import Connection
from openmvno.rest.errors import MediaTypeUnsupported
from openmvno.rest.reach import check_scope

TAGS: Final = ["Jobs"]
BODY_LIMIT: Final = 64 << 20
"""Octets of a job's rows: a million of the shorter ones."""


@dataclass
class RowsOperation(DescribedOperation):
    """An operation whose body is rows, in JSON or CSV."""

    def __post_init__(self) -> None:
        """Say that there is a body; what a row is, the document adds."""
        anything = OpenAPIMediaType(schema=Schema(type=OpenAPIType.ARRAY))
        text = OpenAPIMediaType(
            schema=Schema(type=OpenAPIType.STRING), examples={"rows": Example(value="")}
        )
        self.request_body = RequestBody(
            content={"application/json": anything, "text/csv": text},
            description="A list of rows, or a CSV file whose first line names the fields",
            required=True,
        )


def _begins(operation: Operation) -> HTTPRouteHandler:
    """The route that begins jobs of one kind."""

    @post(
        f"/bulk/{operation.kind}",
        guards=[requires(operation.scope)],
        tags=TAGS,
        summary=operation.summary,
        status_code=202,
        request_max_body_size=BODY_LIMIT,
        operation_class=RowsOperation,
        opt={"rows": operation.row, "csv_example": operation.example},
    )
    async def begin_job(creation: NamedDependency[Call]) -> Response[JobView]:
        """Each row is what the single call would do, under the same rules, done once. Follow the
        job at its Location; rows that did not come true are among its rejections, with the code of
        the single call."""
        headers = creation.request.headers
        media_type = headers.get("Content-Type", "").split(";")[0].strip().lower()
        if media_type not in ("application/json", *CSV_TYPES):
            raise MediaTypeUnsupported(
                f"Rows are not read from {media_type[:60]!r}.",
                field="Content-Type",
                accepted="application/json or text/csv",
            )
        rows = rows_of(await creation.request.body(), media_type, operation.row)
        for scope in {operation.scope_of_row(row) for _, row in rows} - {None}:
            check_scope(creation.actor, str(scope))

        async def work(connection: Connection) -> Done:
            job = await service.begin(
                connection,
                creation.actor,
                operation.kind,
                rows,
                is_text=media_type in CSV_TYPES,
            )
            return Done(202, job_view(job), {"Location": f"/v1/jobs/{job.job_id}"})

        return await creation.change(work, key_required=True)

    return begin_job


@get("/jobs", guards=[requires("jobs:read")], tags=TAGS, summary="List jobs")
async def list_jobs(
    call: NamedDependency[Call], page: NamedDependency[PageRequest]
) -> Page[JobView]:
    """Jobs from the newest on."""
    async with call.connection() as connection:
        rows = await store.list_jobs(
            connection, call.tenant_id, before=page.after(UUID), limit=page.rows
        )
    return page_of(rows, page, job_view, lambda job: job.job_id)


@get("/jobs/{job_id:uuid}", guards=[requires("jobs:read")], tags=TAGS, summary="One job")
async def show_job(call: NamedDependency[Call], job_id: FromPath[UUID]) -> JobView:
    """How far it is."""
    async with call.connection() as connection:
        return job_view(await service.find(connection, call.tenant_id, job_id))


@get(
    "/jobs/{job_id:uuid}/rejections",
    guards=[requires("jobs:read")],
    tags=TAGS,
    summary="Rows of a job that did not come true",
)
async def list_job_rejections(
    call: NamedDependency[Call], page: NamedDependency[PageRequest], job_id: FromPath[UUID]
) -> Page[RejectionView]:
    """In their order, each with its reason."""
    async with call.connection() as connection:
        await service.find(connection, call.tenant_id, job_id)
        rows = await store.list_rejections(
            connection, call.tenant_id, job_id, after=page.after(int), limit=page.rows
        )
    return page_of(
        rows,
        page,
        lambda row: RejectionView(row.number, row.code, row.message, row.field),
        lambda row: row.number,
    )


@post(
    "/jobs/{job_id:uuid}/cancel",
    guards=[requires("jobs:read")],
    tags=TAGS,
    summary="Cancel a job",
    status_code=200,
)
async def cancel_job(creation: NamedDependency[Call], job_id: FromPath[UUID]) -> Response[JobView]:
    """No further row is begun; what is done stays done. Needs the scope that beginning it took."""

    async def work(connection: Connection) -> Done:
        job = await service.find(connection, creation.tenant_id, job_id, lock=True)
        scope = OPERATIONS[job.kind].scope
        check_scope(creation.actor, scope)
        return Done(200, job_view(await service.cancel(connection, creation.actor, job)))

    return await creation.change(work)


JOB_ROUTES: Final[list[Any]] = [
    *(_begins(operation) for operation in OPERATIONS.values()),
    list_jobs,
    show_job,
    list_job_rejections,
    cancel_job,
]
