"""How the self-care pages of the tenant look, seen before it is kept."""

from __future__ import annotations

import base64
import re
from typing import Any, Final

from litestar import Response, get, post
from litestar.di import NamedDependency

from openmvno.client import Problem
from openmvno.web.pages.forms import Form
from openmvno.web.pages.in_process import send
from openmvno.web.pages.page import Page
from openmvno.web.pages.self_care.brand import stylesheet

TEMPLATE: Final = "staff/branding.html"
COLOUR: Final = re.compile("#[0-9a-fA-F]{6}")
FIELDS: Final = ("name", "accent", "on_accent", "support", "language", "currency")


async def _needs(page: Page, form: Form) -> dict[str, Any]:
    page.needs_scope("branding:write")
    brand = await page.api.get(f"/v1/branding/{page.user.tenant}")
    accent = form.value("accent", brand["accent"])
    return {
        "brand": brand,
        "accent": accent if COLOUR.fullmatch(accent) else brand["accent"],
        "on_accent": form.value("on_accent", brand["on_accent"]),
    }


@get("/staff/branding")
async def show_branding(page: NamedDependency[Page]) -> Response[Any]:
    """The look there is."""
    return page.render(TEMPLATE, **await _needs(page, Form()))


@post("/staff/branding", status_code=200)
async def set_branding(page: NamedDependency[Page]) -> Response[Any]:
    """Shows what it would look like, or keeps it."""
    form = await page.form()
    needs = await _needs(page, form)
    if form.flag("preview"):
        return page.render(TEMPLATE, form=form, **needs)
    try:
        body = form.body(*FIELDS, also=await _logo(page, form, needs["brand"]))
        await page.api.put("/v1/branding", body)
    except Problem as problem:
        return page.refused(TEMPLATE, form.refused(problem), **needs)
    return page.goto("/staff/branding", "saved")


async def _logo(page: Page, form: Form, brand: dict[str, Any]) -> dict[str, Any]:
    """The picture that was chosen; else the one there is, unless it is to go."""
    chosen = form.files.get("logo")
    if chosen is not None:
        return {"logo": _text(await chosen.read())}
    if brand["logo_url"] is None or form.flag("no_logo"):
        return {}
    answer = await send(page.request, "GET", brand["logo_url"])
    return {"logo": _text(answer.content)}


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


@get("/staff/branding/preview.css", media_type="text/css")
async def show_preview_stylesheet(page: NamedDependency[Page]) -> Response[str]:
    """The colours of the preview alone.

    Raises:
        Problem: 422, the colour is none.
    """
    page.needs_scope("branding:write")
    asked = page.request.query_params
    accent, on_accent = asked.get("accent", ""), asked.get("on_accent", "white")
    if not COLOUR.fullmatch(accent) or on_accent not in ("white", "black"):
        raise Problem(422, {"code": "request_malformed", "field": "accent"})
    return Response(stylesheet(accent, on_accent, ".preview"), media_type="text/css")


BRANDING_PAGES: Final[list[Any]] = [show_branding, set_branding, show_preview_stylesheet]
