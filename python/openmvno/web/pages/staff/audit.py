"""Who changed what, and who read whose data."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from openmvno.client import Problem
from openmvno.web.pages.forms import Form
from openmvno.web.pages.page import Page

FILTERS: Final = ("kind", "actor", "action", "subject_type", "subject_id", "address", "request_id")
TIMES: Final = ("since", "until")
NONE_FOUND: Final[dict[str, Any]] = {"items": [], "next_cursor": None}


@get("/staff/audit")
async def list_audit(page: NamedDependency[Page]) -> Response[Any]:
    """Entries from the newest on, as they are filtered."""
    given = {name: page.request.query_params.get(name, "") for name in (*FILTERS, *TIMES)}
    form = Form({name: value for name, value in given.items() if value})
    query: dict[str, Any] = {name: given[name].strip() or None for name in FILTERS}
    query |= {name: page.instant(form, name) for name in TIMES}
    query["cursor"] = page.request.query_params.get("cursor")
    try:
        entries = await page.api.get("/v1/audit", query=query)
    except Problem as problem:
        if problem.status not in (400, 422):
            raise
        return page.refused(
            "staff/audit.html", form.refused(problem), entries=NONE_FOUND, address="/staff/audit"
        )
    kept = urlencode(dict(form.values))
    address = f"/staff/audit?{kept}" if kept else "/staff/audit"
    return page.render("staff/audit.html", form=form, entries=entries, address=address)


@get("/staff/audit/{entry_id:uuid}")
async def show_audit(page: NamedDependency[Page], entry_id: FromPath[UUID]) -> Response[Any]:
    """One entry: what was before and after."""
    entry = await page.api.get(f"/v1/audit/{entry_id}")
    before, after = entry["before"] or {}, entry["after"] or {}
    names = sorted({*before, *after})
    return page.render(
        "staff/audit_entry.html",
        entry=entry,
        changes=[(name, before.get(name), after.get(name)) for name in names],
    )


AUDIT_PAGES: Final = [list_audit, show_audit]
