"""An account at a glance."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get
from litestar.di import NamedDependency

from openmvno.web.pages.page import Page
from openmvno.web.pages.staff.accounts.subject import ACCOUNT, account_call, of_account
from openmvno.web.pages.staff.balances import live_money
from openmvno.web.pages.staff.lines.products import products_on_sale

SHOWN: Final = 8
"""Movements of each kind shown at a glance."""


@get(ACCOUNT)
async def show_account(page: NamedDependency[Page]) -> Response[Any]:
    """Its balance, its lines, and how money came and went."""
    account_id = str(page.place("account_id"))
    recent = {"limit": SHOWN}
    (
        subject,
        money,
        lines,
        products,
        top_ups,
        payments,
        transfers,
        methods,
        automatic,
    ) = await page.together(
        of_account(page),
        _money(page),
        page.api.get("/v1/lines", query={"account": account_id, "limit": 20}),
        products_on_sale(page),
        page.unless_refused(page.api.get(account_call(page, "/top-ups"), query=recent)),
        page.unless_refused(page.api.get("/v1/payments", query={"account": account_id, **recent})),
        page.unless_refused(page.api.get(account_call(page, "/transfers"), query=recent)),
        page.unless_refused(page.api.get(account_call(page, "/payment-methods"))),
        page.unless_refused(page.api.get(account_call(page, "/auto-top-up"))),
    )
    return page.render(
        "staff/accounts/account.html",
        lines=lines,
        product_names={each["code"]: each["name"] for each in products},
        top_ups=top_ups,
        payments=payments,
        transfers=transfers,
        methods=methods,
        automatic=automatic,
        **subject,
        **money,
    )


async def _money(page: Page) -> dict[str, Any]:
    money = await live_money(page, str(page.place("account_id")), account_call(page, "/buckets"))
    return {**money, "spending": None}


@get(f"{ACCOUNT}/parts/money")
async def show_money(page: NamedDependency[Page]) -> Response[Any]:
    """Balance and buckets as they are now."""
    _, money = await page.together(page.api.get(account_call(page)), _money(page))
    return page.render("staff/lines/parts/money.html", **money)


GLANCE_PAGES: Final = [show_account, show_money]
