"""One's own login: password and second factor."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.di import NamedDependency

from openmvno.web.pages import own_login
from openmvno.web.pages.page import Page

TEMPLATE: Final = "staff/own.html"


@get("/staff/own")
async def show_own(page: NamedDependency[Page]) -> Response[Any]:
    """Who one is here."""
    return page.render(TEMPLATE)


@post("/staff/own/password", status_code=303)
async def change_password(page: NamedDependency[Page]) -> Response[Any]:
    """A new password; other sessions end."""
    return await own_login.change_password(page, TEMPLATE, "/staff/own")


@post("/staff/own/second-factor", status_code=200)
async def begin_second_factor(page: NamedDependency[Page]) -> Response[Any]:
    """A secret for an authenticator app, as a picture and as text."""
    return await own_login.begin_second_factor(page, TEMPLATE)


@post("/staff/own/second-factor/confirmation", status_code=200)
async def confirm_second_factor(page: NamedDependency[Page]) -> Response[Any]:
    """The first code; the recovery codes are shown this once."""
    return await own_login.confirm_second_factor(page, TEMPLATE)


OWN_PAGES: Final = [show_own, change_password, begin_second_factor, confirm_second_factor]
