"""Bulk jobs: sending rows, watching them worked, what came of each, and stopping."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from openmvno.client import Problem
from openmvno.web.pages.forms import Form, unfit
from openmvno.web.pages.page import Page
from openmvno.web.pages.session import Session
from openmvno.web.pages.staff.downloads import download
from openmvno.web.pages.staff.listing import asked, listing

NEW: Final = "staff/job_new.html"
ONE: Final = "staff/job.html"
PROGRESS: Final = "staff/job_progress.html"

LARGEST: Final = (64 << 20) + (1 << 16)
"""Octets of a form with the largest file that the API takes."""
UNDER_WAY: Final = ("waiting", "running")
REJECTIONS_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job: the right it takes, and a file that would do."""

    code: str
    scope: str
    example: str


KINDS: Final = (
    Kind("line-statuses", "customers:write", "msisdn,status\n385910000001,blocked"),
    Kind(
        "product-additions",
        "customers:write",
        "msisdn,product,pay\n385910000001,weekend-pack,balance",
    ),
    Kind("product-removals", "customers:write", "msisdn,product\n385910000001,weekend-pack"),
    Kind(
        "top-ups",
        "payments:write",
        "msisdn,amount,currency,reference\n385910000001,5.00,EUR,goodwill",
    ),
    Kind(
        "sign-ups",
        "customers:write",
        "product,customer.name,initial_top_up.amount,initial_top_up.currency\n"
        "prepaid-basic,Ana Horvat,10.00,EUR",
    ),
    Kind("numbers", "inventory:write", "first,last\n385910000001,385910000100"),
)


def _kinds(session: Session) -> list[Kind]:
    """Those that the session may begin."""
    return [kind for kind in KINDS if session.may(kind.scope)]


@get("/staff/jobs")
async def list_jobs(page: NamedDependency[Page]) -> Response[Any]:
    """From the newest on."""
    found = await listing(page, "/v1/jobs", asked(page, ()))
    return page.render("staff/jobs.html", found=found, may_begin=bool(_kinds(page.user)))


@get("/staff/jobs/new")
async def show_new_job(page: NamedDependency[Page]) -> Response[Any]:
    """The form of a job."""
    return _new(page, Form({"kind": page.request.query_params.get("kind", "")}))


def _new(page: Page, form: Form) -> Response[Any]:
    status = form.problem.status if form.problem else 200
    return page.render(NEW, status, form=form, kinds=_kinds(page.user))


@post("/staff/jobs/new", status_code=303, request_max_body_size=LARGEST)
async def begin_job(page: NamedDependency[Page]) -> Response[Any]:
    """Hands rows to the API."""
    form = await page.form("job")
    kind = form.value("kind")
    file = form.files.get("file")
    content = await file.read() if file else form.value("rows").strip().encode()
    if kind not in {each.code for each in _kinds(page.user)}:
        problem = unfit("kind", page.gettext("Choose what is to be done."))
        return _new(page, form.refused(problem))
    if not content:
        problem = unfit("file", page.gettext("Choose a file, or write the rows below."))
        return _new(page, form.refused(problem))
    try:
        job = await page.api.upload(
            f"/v1/bulk/{kind}", content, media_type="text/csv", key=form.key
        )
    except Problem as problem:
        # What is wrong with the rows as a whole, such as a column, stands beside them.
        problem.field = "file" if file else "rows"
        return _new(page, form.refused(problem))
    return page.goto(f"/staff/jobs/{job['id']}")


@get("/staff/jobs/{job_id:uuid}")
async def show_job(page: NamedDependency[Page], job_id: FromPath[UUID]) -> Response[Any]:
    """How far a job is, and which rows did not come true."""
    return await _job(page, job_id, ONE)


@get("/staff/jobs/{job_id:uuid}/parts/progress")
async def show_progress(page: NamedDependency[Page], job_id: FromPath[UUID]) -> Response[Any]:
    """The part of the page that moves."""
    return await _job(page, job_id, PROGRESS)


async def _job(page: Page, job_id: UUID, template: str, form: Form | None = None) -> Response[Any]:
    path = f"/v1/jobs/{job_id}"
    query = {"limit": REJECTIONS_SHOWN, "cursor": page.request.query_params.get("cursor")}
    job, rejected = await page.together(
        page.api.get(path), page.api.get(f"{path}/rejections", query=query)
    )
    form = form or Form()
    return page.render(
        template,
        form.problem.status if form.problem else 200,
        job=job,
        rejected=rejected,
        under_way=job["state"] in UNDER_WAY,
        may_cancel=job["kind"] in {kind.code for kind in _kinds(page.user)},
        form=form,
    )


@get("/staff/jobs/{job_id:uuid}/rejections.csv")
async def download_rejections(page: NamedDependency[Page], job_id: FromPath[UUID]) -> Stream:
    """Every row that did not come true and why, as a table."""
    path = f"/v1/jobs/{job_id}"
    job = await page.api.get(path)
    columns = {"row": "number", "code": "code", "field": "field", "reason": "message"}
    return download(page, f"{path}/rejections", f"rejected {job['kind']}", columns)


@post("/staff/jobs/{job_id:uuid}/cancel", status_code=303)
async def cancel_job(page: NamedDependency[Page], job_id: FromPath[UUID]) -> Response[Any]:
    """No further row is begun."""
    form = await page.form("cancel")
    try:
        await page.api.post(f"/v1/jobs/{job_id}/cancel", key=form.key)
    except Problem as problem:
        return await _job(page, job_id, ONE, form.refused(problem))
    return page.goto(f"/staff/jobs/{job_id}", "job-cancelled")


JOB_PAGES: Final = [
    list_jobs,
    show_new_job,
    begin_job,
    show_job,
    show_progress,
    download_rejections,
    cancel_job,
]
