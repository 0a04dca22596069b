"""Logging in and out, and the first time with a code of the operator's."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.di import NamedDependency

from openmvno.client import Problem
from openmvno.rest.origin import SESSION_COOKIE
from openmvno.web.pages.entrance import enter, leave
from openmvno.web.pages.forms import Form
from openmvno.web.pages.page import Page
from openmvno.web.pages.preferences import local_path
from openmvno.web.pages.self_care.visit import base_of

LOG_IN: Final = "self_care/log_in.html"
WELCOME: Final = "self_care/welcome.html"


@get("/self-care/{tenant:str}/login")
async def show_login(page: NamedDependency[Page]) -> Response[Any]:
    """The form."""
    return page.render(LOG_IN, next=_target(page, page.request.query_params.get("next", "")))


@post("/self-care/{tenant:str}/login", status_code=200)
async def log_in(page: NamedDependency[Page]) -> Response[Any]:
    """Begins a session, and leads to where one was going."""
    page.session = None
    form = await page.form()
    target = _target(page, form.value("next"))
    try:
        return await enter(page, _credentials(page, form), target)
    except Problem as problem:
        return page.refused(LOG_IN, form.refused(problem), next=target)


def _credentials(page: Page, form: Form) -> dict[str, Any]:
    tenant = page.request.path_params["tenant"]
    return form.body("login", "password", "code", also={"tenant": tenant})


def _target(page: Page, wish: str) -> str:
    base = base_of(page)
    path = local_path(wish or base)
    return path if path == base or path.startswith((f"{base}/", f"{base}?")) else base


@get("/self-care/{tenant:str}/welcome")
async def show_welcome(page: NamedDependency[Page]) -> Response[Any]:
    """The form of the first time; a link may bring the code."""
    return page.render(WELCOME, code=page.request.query_params.get("code", ""))


@post("/self-care/{tenant:str}/welcome", status_code=200)
async def take_invitation_up(page: NamedDependency[Page]) -> Response[Any]:
    """Sets login and password, and begins the first session with them."""
    page.session = None
    form = await page.form()
    tenant = page.request.path_params["tenant"]
    if form.value("password") != form.value("again"):
        differ = Problem(422, {"code": "passwords_differ", "field": "again"})
        return page.refused(WELCOME, form.refused(differ), code="")
    try:
        # Whoever reads the page in a language is told everything in it from then on.
        also = {"tenant": tenant, "language": page.language}
        body = form.body("code", "login", "password", also=also)
        accepted = await page.api.post("/v1/invitations/acceptance", body, key=form.key)
    except Problem as problem:
        return page.refused(WELCOME, form.refused(problem), code="")
    known = {"tenant": tenant, "login": accepted["login"], "password": form.value("password")}
    try:
        return await enter(page, known, f"{base_of(page)}?done=welcome")
    except Problem:  # a user with a second factor is asked for its code
        return page.goto(f"{base_of(page)}/login", "password-set")


@post("/self-care/{tenant:str}/logout", status_code=303)
async def log_out(page: NamedDependency[Page]) -> Response[Any]:
    """Ends the session."""
    if page.session is not None and SESSION_COOKIE in page.request.cookies:
        await page.form()
        return await leave(page, f"{base_of(page)}/login")
    return page.goto(f"{base_of(page)}/login")


ENTRANCE_PAGES: Final = [show_login, log_in, show_welcome, take_invitation_up, log_out]
