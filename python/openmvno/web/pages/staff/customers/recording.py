"""A new customer without a line yet."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.di import NamedDependency

from openmvno.client import Problem
from openmvno.web.pages.page import Page

TEMPLATE: Final = "staff/customers/new.html"
FIELDS: Final = ("name", "kind", "external_id", "email", "phone", "parent_id", "role")


@get("/staff/customers/new")
async def show_form(page: NamedDependency[Page]) -> Response[Any]:
    """The form; ``?parent=`` puts the new one below a customer."""
    page.needs_scope("customers:write")
    return page.render(TEMPLATE, parent_id=page.request.query_params.get("parent", ""))


@post("/staff/customers/new", status_code=303)
async def record(page: NamedDependency[Page]) -> Response[Any]:
    """Records it."""
    form = await page.form()
    try:
        made = await page.api.post("/v1/customers", form.body(*FIELDS), key=form.key)
    except Problem as problem:
        return page.refused(TEMPLATE, form.refused(problem), parent_id="")
    return page.goto(f"/staff/customers/{made['id']}", "customer-recorded")


RECORDING_PAGES: Final = [show_form, record]
