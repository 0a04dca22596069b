"""Money for another subscriber."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.di import NamedDependency

from openmvno.client import Problem
from openmvno.web.pages.forms import Form
from openmvno.web.pages.page import Page
from openmvno.web.pages.self_care.visit import base_of, own_line

TEMPLATE: Final = "self_care/transfers.html"
ABOUT_NUMBERS: Final = str.maketrans("", "", "+ -()/.\t")


async def _needs(page: Page) -> dict[str, Any]:
    own = await own_line(page)
    balance, account, terms = await page.together(
        page.if_live(page.api.get(f"{own.account}/balance")),
        page.api.get(own.account),
        page.api.get("/v1/transfer-terms"),
    )
    currency = account["currency"]
    ours = [each for each in terms if each["currency"] == currency]
    return {
        "own": own,
        "balance": balance,
        "currency": currency,
        "terms": ours[0] if ours else None,
    }


@get("/self-care/{tenant:str}/transfers")
async def show_transfers(page: NamedDependency[Page]) -> Response[Any]:
    """How much may be sent, what it costs, and the form."""
    return page.render(TEMPLATE, asks=False, **await _needs(page))


@post("/self-care/{tenant:str}/transfers", status_code=200)
async def send_money(page: NamedDependency[Page]) -> Response[Any]:
    """Asks once more, then sends it."""
    form = await page.form()
    needs = await _needs(page)
    if not form.flag("sure"):
        return page.render(TEMPLATE, form=form, asks=True, **needs)
    return await _send(page, form, needs)


async def _send(page: Page, form: Form, needs: dict[str, Any]) -> Response[Any]:
    body = form.body("amount", "reference", also={"currency": needs["currency"]})
    body["to"] = form.value("to").translate(ABOUT_NUMBERS)
    try:
        sent = await page.api.post(f"{needs['own'].account}/transfers", body, key=form.key)
    except Problem as problem:
        return page.refused(TEMPLATE, form.refused(problem), asks=False, **needs)
    done = {"completed": "money-sent", "returned": "money-returned"}.get(sent["status"])
    return page.goto(f"{base_of(page)}/transfers", done or "on-its-way")


TRANSFER_PAGES: Final = [show_transfers, send_money]
