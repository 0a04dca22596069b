"""A line at a glance."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get
from litestar.di import NamedDependency

from openmvno.web.pages.page import Page
from openmvno.web.pages.staff.balances import live_money
from openmvno.web.pages.staff.lines.products import products_on_sale
from openmvno.web.pages.staff.lines.status import offered
from openmvno.web.pages.staff.lines.subject import LINE, line_call, line_of, line_path, of_line
from openmvno.web.pages.staff.timeline import timeline_of
from openmvno.web.pages.staff.usage import units_of, usage_of

RECENT: Final = 8
"""CDRs shown at a glance."""


@get(LINE)
async def show_line(page: NamedDependency[Page]) -> Response[Any]:
    """Everything that whoever answers the subscriber wants to see at once."""
    line = await line_of(page)
    (
        account,
        sim,
        number,
        addons,
        favourites,
        products,
        usage,
        money,
        sessions,
        timeline,
    ) = await page.together(
        page.api.get(f"/v1/accounts/{line['account_id']}"),
        page.unless_refused(page.api.get(f"/v1/sims/{line['iccid']}")),
        page.unless_refused(page.api.get(f"/v1/numbers/{line['msisdn']}")),
        page.api.get(line_call(page, "/products"), query={"limit": 50}),
        page.api.get(line_call(page, "/favourites")),
        products_on_sale(page),
        usage_of(page, {"line": line["id"], "limit": RECENT}),
        _money(page, line),
        _sessions(page),
        timeline_of(page, line_call(page)),
    )
    customer = await page.api.get(f"/v1/customers/{account['customer_id']}")
    return page.render(
        "staff/lines/line.html",
        line=line,
        account=account,
        customer=customer,
        sim=sim,
        number=number,
        addons=[each for each in addons["items"] if each["status"] in ("active", "pending")],
        favourites=favourites["numbers"],
        product_names={each["code"]: each["name"] for each in products},
        has_addons=any(each["kind"] == "addon" for each in products),
        offered=offered(line["status"]),
        back=line_path(page),
        **usage,
        **money,
        **sessions,
        **timeline,
    )


async def _money(page: Page, line: Any) -> dict[str, Any]:
    money = await live_money(page, line["account_id"], line_call(page, "/buckets"))
    balance = money["balance"]
    of_line = (
        [each for each in balance["spending"] if each["line_id"] == line["id"]] if balance else []
    )
    return {**money, "spending": of_line[0] if of_line else None}


async def _sessions(page: Page) -> dict[str, Any]:
    return {"sessions": await page.if_live(page.api.get(line_call(page, "/sessions")))}


@get(f"{LINE}/parts/money")
async def show_money(page: NamedDependency[Page]) -> Response[Any]:
    """Balance and buckets as they are now."""
    line = await line_of(page)
    return page.render("staff/lines/parts/money.html", line=line, **await _money(page, line))


@get(f"{LINE}/parts/sessions")
async def show_sessions(page: NamedDependency[Page]) -> Response[Any]:
    """The sessions that are open now."""
    line, sessions, units = await page.together(line_of(page), _sessions(page), units_of(page))
    return page.render("staff/lines/parts/sessions.html", line=line, units=units, **sessions)


@get(f"{LINE}/timeline")
async def show_timeline(page: NamedDependency[Page]) -> Response[Any]:
    """Everything that happened to it, page by page."""
    subject, timeline = await page.together(
        of_line(page), timeline_of(page, line_call(page), more=True)
    )
    return page.render("staff/timeline/page.html", **subject, **timeline)


GLANCE_PAGES: Final = [show_timeline, show_line, show_money, show_sessions]
