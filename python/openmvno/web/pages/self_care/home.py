"""The first page: money, what is left of everything, and the line."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.di import NamedDependency

from openmvno.web.pages.page import Page
from openmvno.web.pages.preferences import local_path
from openmvno.web.pages.self_care.offers import bucket_names, product_names
from openmvno.web.pages.self_care.quotas import quotas_of
from openmvno.web.pages.self_care.usage import RECENT, charges_of
from openmvno.web.pages.self_care.visit import Own, base_of, line_cookie, own_line


@get("/self-care/{tenant:str}")
async def show_home(page: NamedDependency[Page]) -> Response[Any]:
    """Everything that one looks for first."""
    own = await own_line(page)
    money, charges, names = await page.together(
        _money(page, own), charges_of(page, own, {"limit": RECENT}), product_names(page)
    )
    return page.render(
        "self_care/home.html", own=own, charges=charges["items"], products=names, **money
    )


@get("/self-care/{tenant:str}/parts/money")
async def show_money(page: NamedDependency[Page]) -> Response[Any]:
    """Balance and quotas as they are now."""
    own = await own_line(page)
    return page.render("self_care/parts/money.html", own=own, **await _money(page, own))


async def _money(page: Page, own: Own) -> dict[str, Any]:
    balance, buckets, names = await page.together(
        page.if_live(page.api.get(f"{own.account}/balance")),
        page.if_live(page.api.get(f"{own.path}/buckets")),
        bucket_names(page),
    )
    quotas = quotas_of(page, buckets or [], names, balance["currency"]) if balance else []
    return {"balance": balance, "quotas": quotas}


@post("/self-care/{tenant:str}/line", status_code=303)
async def choose_line(page: NamedDependency[Page]) -> Response[Any]:
    """Which of one's lines the pages are about."""
    form = await page.form()
    answer = page.goto(local_path(form.value("back", base_of(page))))
    answer.cookies.append(line_cookie(form.value("line"), base_of(page)))
    return answer


HOME_PAGES: Final = [show_home, show_money, choose_line]
