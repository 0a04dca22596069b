"""Password and second factor of who reads the page; for staff and subscribers alike."""

from __future__ import annotations

from typing import Any

import segno
from litestar import Response

from openmvno.client import Problem
from openmvno.web.pages.page import Page


async def change_password(page: Page, template: str, back: str) -> Response[Any]:
    """A new password; other sessions end."""
    form = await page.form("password")
    if form.value("password") != form.value("again"):
        problem = Problem(422, {"code": "passwords_differ", "field": "again"})
        return page.refused(template, form.refused(problem))
    try:
        await page.api.put("/v1/session/password", form.body("present", "password"))
    except Problem as problem:
        return page.refused(template, form.refused(problem))
    return page.goto(back, "password-changed")


async def begin_second_factor(page: Page, template: str) -> Response[Any]:
    """A secret for an authenticator app, as a picture and as text."""
    form = await page.form("second-factor")
    begun = await page.api.post("/v1/session/totp", key=form.key)
    return page.render(template, begun=begun, picture=_picture(begun["uri"]))


async def confirm_second_factor(page: Page, template: str) -> Response[Any]:
    """The first code; the recovery codes are shown this once."""
    form = await page.form("confirmation")
    try:
        made = await page.api.post("/v1/session/totp/confirmation", form.body("code"), key=form.key)
    except Problem as problem:
        begun = {"secret": form.value("secret"), "uri": None}
        return page.refused(template, form.refused(problem), begun=begun, picture=None)
    return page.render(template, recovery_codes=made["codes"])


def _picture(uri: str) -> str:
    return segno.make(uri, error="m").svg_data_uri(scale=5, border=2, light="#fff")
