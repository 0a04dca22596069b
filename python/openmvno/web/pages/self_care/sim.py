"""The SIM card: blocking it, and the code that loads an eSIM."""

from __future__ import annotations

from typing import Any, Final

import segno
from litestar import Response, get, post
from litestar.di import NamedDependency

from openmvno.client import Problem
from openmvno.web.pages.page import Page
from openmvno.web.pages.self_care.visit import base_of, own_line

TEMPLATE: Final = "self_care/sim.html"


@get("/self-care/{tenant:str}/sim")
async def show_sim(page: NamedDependency[Page]) -> Response[Any]:
    """The card and what can be done with it."""
    return page.render(TEMPLATE, own=await own_line(page))


@post("/self-care/{tenant:str}/sim/block", status_code=303)
async def block(page: NamedDependency[Page]) -> Response[Any]:
    """Nobody can use it from now on."""
    return await _change(page, "blocked", "sim-blocked")


@post("/self-care/{tenant:str}/sim/unblock", status_code=303)
async def unblock(page: NamedDependency[Page]) -> Response[Any]:
    """It works again."""
    return await _change(page, "active", "sim-unblocked")


async def _change(page: Page, status: str, done: str) -> Response[Any]:
    form = await page.form()
    own = await own_line(page)
    try:
        await page.api.patch(own.path, {"status": status})
    except Problem as problem:
        return page.refused(TEMPLATE, form.refused(problem), own=own)
    return page.goto(f"{base_of(page)}/sim", done)


@post("/self-care/{tenant:str}/sim/activation-code", status_code=200)
async def show_activation_code(page: NamedDependency[Page]) -> Response[Any]:
    """The code of an eSIM; asked for by a button, since reading it leaves a note."""
    form = await page.form("activation")
    own = await own_line(page)
    try:
        found = await page.api.get(f"/v1/sims/{own.line['iccid']}/activation-code")
    except Problem as problem:
        return page.refused(TEMPLATE, form.refused(problem), own=own)
    code = found["activation_code"]
    picture = segno.make(code, error="m").svg_data_uri(scale=5, border=4, light="#fff")
    return page.render(TEMPLATE, own=own, code=code, picture=picture)


SIM_PAGES: Final = [show_sim, block, unblock, show_activation_code]
