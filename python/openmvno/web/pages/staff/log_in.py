"""Logging in and out."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.di import NamedDependency

from openmvno.client import Problem
from openmvno.rest.origin import SESSION_COOKIE
from openmvno.web.pages.entrance import enter, leave
from openmvno.web.pages.page import Page
from openmvno.web.pages.preferences import local_path

TEMPLATE: Final = "staff/log_in.html"


@get("/login")
async def show_login(page: NamedDependency[Page]) -> Response[Any]:
    """The form."""
    return page.render(TEMPLATE, next=local_path(page.request.query_params.get("next", "/staff")))


@post("/login", status_code=200)
async def log_in(page: NamedDependency[Page]) -> Response[Any]:
    """Begins a session, and leads to where one was going."""
    page.session = None
    form = await page.form()
    target = local_path(form.value("next", "/staff"))
    try:
        return await enter(page, form.body("tenant", "login", "password", "code"), target)
    except Problem as problem:
        return page.refused(TEMPLATE, form.refused(problem), next=target)


@post("/logout", status_code=303)
async def log_out(page: NamedDependency[Page]) -> Response[Any]:
    """Ends the session."""
    if page.session is not None and SESSION_COOKIE in page.request.cookies:
        await page.form()
        return await leave(page, "/login")
    return page.goto("/login")


LOGIN_PAGES: Final = [show_login, log_in, log_out]
