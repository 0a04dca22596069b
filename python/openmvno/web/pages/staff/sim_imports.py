"""Files of SIM cards: sending one, watching it being read, and what became of every line."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from openmvno.client import Problem
from openmvno.web.pages.forms import Form, unfit
from openmvno.web.pages.page import Page
from openmvno.web.pages.staff.downloads import download
from openmvno.web.pages.staff.listing import asked, listing

NEW: Final = "staff/sim_import_new.html"
TYPED: Final = ("form", "algorithm", "transport_key")
"""What is sent beside the file."""
ONE: Final = "staff/sim_import.html"
PROGRESS: Final = "staff/sim_import_progress.html"

LARGEST: Final = (256 << 20) + (1 << 16)
"""Octets of a form with the largest file that the API takes."""
UNDER_WAY: Final = ("waiting", "running")
REJECTIONS_SHOWN: Final = 100


@get("/staff/sims/imports")
async def list_imports(page: NamedDependency[Page]) -> Response[Any]:
    """From the newest on."""
    found = await listing(page, "/v1/sims/imports", asked(page, ()))
    return page.render("staff/sim_imports.html", found=found)


@get("/staff/sims/imports/new")
async def show_new_import(page: NamedDependency[Page]) -> Response[Any]:
    """The form of a file."""
    return await _new(page, Form())


async def _new(page: Page, form: Form) -> Response[Any]:
    keys = await page.api.get("/v1/sims/transport-keys")
    return page.render(NEW, form.problem.status if form.problem else 200, keys=keys, form=form)


@post("/staff/sims/imports/new", status_code=303, request_max_body_size=LARGEST)
async def send_file(page: NamedDependency[Page]) -> Response[Any]:
    """Hands a file to the API."""
    form = await page.form("import")
    file = form.files.get("file")
    if file is None:
        problem = unfit("file", page.gettext("Choose the file to import."))
        return await _new(page, form.refused(problem))
    query = {"name": file.filename, **form.body(*TYPED)}
    try:
        taken = await page.api.upload(
            "/v1/sims/imports", await file.read(), query=query, key=form.key
        )
    except Problem as problem:
        # What is wrong with the file, as a whole or in a column, stands beside it.
        if problem.field not in TYPED:
            problem.field = "file"
        return await _new(page, form.refused(problem))
    return page.goto(f"/staff/sims/imports/{taken['id']}")


@get("/staff/sims/imports/{import_id:uuid}")
async def show_import(page: NamedDependency[Page], import_id: FromPath[UUID]) -> Response[Any]:
    """What became of a file, or how far it has been read."""
    return page.render(ONE, **await _report(page, import_id))


@get("/staff/sims/imports/{import_id:uuid}/parts/progress")
async def show_progress(page: NamedDependency[Page], import_id: FromPath[UUID]) -> Response[Any]:
    """The part of the page that moves."""
    return page.render(PROGRESS, **await _report(page, import_id))


async def _report(page: Page, import_id: UUID) -> dict[str, Any]:
    path = f"/v1/sims/imports/{import_id}"
    query = {"limit": REJECTIONS_SHOWN, "cursor": page.request.query_params.get("cursor")}
    file, rejected = await page.together(
        page.api.get(path), page.api.get(f"{path}/rejections", query=query)
    )
    return {"file": file, "rejected": rejected, "under_way": file["state"] in UNDER_WAY}


@get("/staff/sims/imports/{import_id:uuid}/rejections.csv")
async def download_rejections(page: NamedDependency[Page], import_id: FromPath[UUID]) -> Stream:
    """Every line that was not loaded and why, as a table."""
    path = f"/v1/sims/imports/{import_id}"
    file = await page.api.get(path)
    columns = {"line": "line_number", "code": "code", "reason": "message"}
    return download(page, f"{path}/rejections", f"rejected {file['file_name']}", columns)


SIM_IMPORT_PAGES: Final = [
    list_imports,
    show_new_import,
    send_file,
    show_import,
    show_progress,
    download_rejections,
]
