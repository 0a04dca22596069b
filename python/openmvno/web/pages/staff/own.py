"""One's own login: password and second factor."""

from __future__ import annotations

from typing import Any, Final

import segno
from litestar import Response, get, post
from litestar.di import NamedDependency

from openmvno.client import Problem
from openmvno.web.pages.forms import Form
from openmvno.web.pages.page import Page

TEMPLATE: Final = "staff/own.html"


@get("/staff/own")
async def show_own(page: NamedDependency[Page]) -> Response[Any]:
    """Who one is here."""
    return page.render(TEMPLATE)


@post("/staff/own/password", status_code=303)
async def change_password(page: NamedDependency[Page]) -> Response[Any]:
    """A new password; other sessions end."""
    form = await page.form("password")
    if form.value("password") != form.value("again"):
        problem = Problem(422, {"code": "passwords_differ", "field": "again"})
        return page.refused(TEMPLATE, form.refused(problem))
    try:
        await page.api.put("/v1/session/password", form.body("present", "password"))
    except Problem as problem:
        return page.refused(TEMPLATE, form.refused(problem))
    return page.goto("/staff/own", "password-changed")


@post("/staff/own/second-factor", status_code=200)
async def begin_second_factor(page: NamedDependency[Page]) -> Response[Any]:
    """A secret for an authenticator app, as a picture and as text."""
    form = await page.form("second-factor")
    begun = await page.api.post("/v1/session/totp", key=form.key)
    return page.render(TEMPLATE, begun=begun, picture=_picture(begun["uri"]))


@post("/staff/own/second-factor/confirmation", status_code=200)
async def confirm_second_factor(page: NamedDependency[Page]) -> Response[Any]:
    """The first code; the recovery codes are shown this once."""
    form = await page.form("confirmation")
    try:
        made = await page.api.post("/v1/session/totp/confirmation", form.body("code"), key=form.key)
    except Problem as problem:
        return page.refused(TEMPLATE, form.refused(problem), begun=_begun(form), picture=None)
    return page.render(TEMPLATE, recovery_codes=made["codes"])


def _begun(form: Form) -> dict[str, Any]:
    return {"secret": form.value("secret"), "uri": None}


def _picture(uri: str) -> str:
    return segno.make(uri, error="m").svg_data_uri(scale=5, border=2, light="#fff")


OWN_PAGES: Final = [show_own, change_password, begin_second_factor, confirm_second_factor]
