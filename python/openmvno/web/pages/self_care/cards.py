"""Saved cards, and topping up by itself."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from openmvno.client import Problem
from openmvno.web.pages.page import Page
from openmvno.web.pages.self_care.visit import base_of, own_line

AUTOMATIC: Final = "self_care/automatic.html"


@get("/self-care/{tenant:str}/cards")
async def list_cards(page: NamedDependency[Page]) -> Response[Any]:
    """The cards that may pay."""
    own = await own_line(page)
    methods = await page.api.get(f"{own.account}/payment-methods")
    return page.render("self_care/cards.html", own=own, methods=methods["items"])


@post("/self-care/{tenant:str}/cards/{method_id:uuid}/removal", status_code=303)
async def remove_card(page: NamedDependency[Page], method_id: FromPath[UUID]) -> Response[Any]:
    """It is forgotten, at the provider too."""
    await page.form()
    own = await own_line(page)
    await page.api.delete(f"{own.account}/payment-methods/{method_id}")
    return page.goto(f"{base_of(page)}/cards", "card-removed")


async def _needs(page: Page) -> dict[str, Any]:
    own = await own_line(page)
    methods, automatic = await page.together(
        page.api.get(f"{own.account}/payment-methods"),
        page.unless_refused(page.api.get(f"{own.account}/auto-top-up")),
    )
    return {
        "own": own,
        "methods": methods["items"],
        "automatic": automatic,
        "currency": automatic["currency"] if automatic else page.user.tenant_currency,
    }


@get("/self-care/{tenant:str}/top-up/automatic")
async def show_automatic(page: NamedDependency[Page]) -> Response[Any]:
    """When a card pays by itself."""
    return page.render(AUTOMATIC, **await _needs(page))


@post("/self-care/{tenant:str}/top-up/automatic", status_code=303)
async def set_automatic(page: NamedDependency[Page]) -> Response[Any]:
    """Sets when it does, or that it does not."""
    form = await page.form()
    own = await own_line(page)
    body = form.body(
        "method_id",
        "threshold",
        "amount",
        "daily_limit",
        also={"enabled": form.flag("enabled")},
    )
    try:
        await page.api.put(f"{own.account}/auto-top-up", body)
    except Problem as problem:
        return page.refused(AUTOMATIC, form.refused(problem), **await _needs(page))
    return page.goto(f"{base_of(page)}/top-up", "automatic-set")


CARD_PAGES: Final = [list_cards, remove_card, show_automatic, set_automatic]
