"""Saved cards, and topping up by itself."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from openmvno.client import Problem
from openmvno.web.pages.page import Page
from openmvno.web.pages.self_care.elsewhere import leave_for
from openmvno.web.pages.self_care.visit import base_of, own_line

CARDS: Final = "self_care/cards.html"
AUTOMATIC: Final = "self_care/automatic.html"


async def _cards(page: Page) -> dict[str, Any]:
    own = await own_line(page)
    methods, providers = await page.together(
        page.api.get(f"{own.account}/payment-methods"),
        page.api.get(f"{own.account}/payment-method-providers"),
    )
    return {"own": own, "methods": methods["items"], "providers": providers}


@get("/self-care/{tenant:str}/cards")
async def list_cards(page: NamedDependency[Page]) -> Response[Any]:
    """The cards that may pay."""
    return page.render(CARDS, **await _cards(page))


@post("/self-care/{tenant:str}/cards", status_code=200)
async def add_card(page: NamedDependency[Page]) -> Response[Any]:
    """Leads to the provider's page, where its number is typed in."""
    form = await page.form("add")
    own = await own_line(page)
    try:
        setup = await page.api.post(
            f"{own.account}/payment-method-setups", form.body("provider"), key=form.key
        )
    except Problem as problem:
        return page.refused(CARDS, form.refused(problem), **await _cards(page))
    if setup["url"] is None:  # sent again after its end
        return page.goto(f"{base_of(page)}/cards")
    return leave_for(page, setup["url"])


@get("/self-care/{tenant:str}/cards/added/{setup_id:uuid}")
async def look_for_card(page: NamedDependency[Page], setup_id: FromPath[UUID]) -> Response[Any]:
    """The provider is asked what was saved."""
    own = await own_line(page)
    path = f"{own.account}/payment-method-setups/{setup_id}/completion"
    setup = await page.learning().post(path)
    done = "card-saved" if setup["status"] == "saved" else "card-not-saved"
    return page.goto(f"{base_of(page)}/cards", done)


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


CARD_PAGES: Final = [
    list_cards,
    add_card,
    look_for_card,
    remove_card,
    show_automatic,
    set_automatic,
]
