"""One's own login: password, second factor, language."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.di import NamedDependency

from openmvno.web.pages import own_login
from openmvno.web.pages.page import Page
from openmvno.web.pages.self_care.visit import base_of, own_line

TEMPLATE: Final = "self_care/own.html"


@get("/self-care/{tenant:str}/more")
async def show_more(page: NamedDependency[Page]) -> Response[Any]:
    """Everything that is not at the foot of each page."""
    return page.render("self_care/more.html", own=await own_line(page))


@get("/self-care/{tenant:str}/own")
async def show_own(page: NamedDependency[Page]) -> Response[Any]:
    """Who one is here."""
    return page.render(TEMPLATE)


@post("/self-care/{tenant:str}/own/password", status_code=303)
async def change_password(page: NamedDependency[Page]) -> Response[Any]:
    """A new password; other sessions end."""
    return await own_login.change_password(page, TEMPLATE, f"{base_of(page)}/own")


@post("/self-care/{tenant:str}/own/second-factor", status_code=200)
async def begin_second_factor(page: NamedDependency[Page]) -> Response[Any]:
    """A secret for an authenticator app."""
    return await own_login.begin_second_factor(page, TEMPLATE)


@post("/self-care/{tenant:str}/own/second-factor/confirmation", status_code=200)
async def confirm_second_factor(page: NamedDependency[Page]) -> Response[Any]:
    """The first code; the recovery codes are shown this once."""
    return await own_login.confirm_second_factor(page, TEMPLATE)


OWN_PAGES: Final = [
    show_more,
    show_own,
    change_password,
    begin_second_factor,
    confirm_second_factor,
]
