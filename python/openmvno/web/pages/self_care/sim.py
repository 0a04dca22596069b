"""The SIM card: blocking it, the code that loads an eSIM, and the PUK."""

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
    return page.render(TEMPLATE, **await _needs(page))


async def _needs(page: Page) -> dict[str, Any]:
    """The line, and whether this reader is shown the PUK of its card. Who has several lines is not
    their subscriber."""
    policy, own = await page.together(
        page.unless_refused(page.api.get("/v1/sims/policy")), own_line(page)
    )
    return {"own": own, "shows_puk": bool(policy and policy["puk_to_subscribers"])}


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
    needs = await _needs(page)
    try:
        await page.api.patch(needs["own"].path, {"status": status})
    except Problem as problem:
        return page.refused(TEMPLATE, form.refused(problem), **needs)
    return page.goto(f"{base_of(page)}/sim", done)


@post("/self-care/{tenant:str}/sim/activation-code", status_code=200)
async def show_activation_code(page: NamedDependency[Page]) -> Response[Any]:
    """The code of an eSIM; asked for by a button, since reading it leaves a note."""
    form = await page.form("activation")
    needs = await _needs(page)
    try:
        found = await page.api.get(f"/v1/sims/{_iccid(needs)}/activation-code")
    except Problem as problem:
        return page.refused(TEMPLATE, form.refused(problem), **needs)
    code = found["activation_code"]
    picture = segno.make(code, error="m").svg_data_uri(scale=5, border=4, light="#fff")
    return page.render(TEMPLATE, code=code, picture=picture, **needs)


@post("/self-care/{tenant:str}/sim/puk", status_code=200)
async def show_puk(page: NamedDependency[Page]) -> Response[Any]:
    """The PUK, for who types the password once more."""
    form = await page.form("puk")
    needs = await _needs(page)
    try:
        found = await page.api.post(
            f"/v1/sims/{_iccid(needs)}/puk", {"password": form.value("password")}, key=form.key
        )
    except Problem as problem:
        return page.refused(TEMPLATE, form.refused(problem), **needs)
    return page.render(TEMPLATE, puk=found, **needs)


def _iccid(needs: dict[str, Any]) -> str:
    return str(needs["own"].line["iccid"])


SIM_PAGES: Final = [show_sim, block, unblock, show_activation_code, show_puk]
