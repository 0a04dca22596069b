"""A customer at a glance."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get
from litestar.di import NamedDependency

from openmvno.web.pages.page import Page
from openmvno.web.pages.staff.customers.subject import (
    CUSTOMER,
    customer_call,
    customer_path,
    of_customer,
)
from openmvno.web.pages.staff.lines.products import products_on_sale
from openmvno.web.pages.staff.timeline import timeline_of

SHOWN: Final = 20
"""Lines and customers below that are shown at a glance."""

BALANCES: Final = 5
"""Accounts whose live balance is asked for; hardly anybody has more."""


@get(CUSTOMER)
async def show_customer(page: NamedDependency[Page]) -> Response[Any]:
    """Who it is, where it stands in the tree, its money and its lines."""
    customer_id = str(page.place("customer_id"))
    (
        customer,
        ancestors,
        children,
        standing,
        defaults,
        accounts,
        lines,
        moves,
        products,
        timeline,
    ) = await page.together(
        page.api.get(customer_call(page)),
        page.api.get(customer_call(page, "/ancestors")),
        page.api.get("/v1/customers", query={"parent": customer_id, "limit": SHOWN}),
        page.api.get(customer_call(page, "/status")),
        page.api.get(customer_call(page, "/defaults")),
        page.api.get(customer_call(page, "/accounts")),
        page.api.get("/v1/lines", query={"customer": customer_id, "limit": SHOWN}),
        page.api.get(customer_call(page, "/moves"), query={"limit": 5}),
        products_on_sale(page),
        timeline_of(page, customer_call(page)),
    )
    shown = accounts[:BALANCES]
    balances = await page.together(
        *(page.if_live(page.api.get(f"/v1/accounts/{each['id']}/balance")) for each in shown)
    )
    return page.render(
        "staff/customers/customer.html",
        customer=customer,
        ancestors=list(reversed(ancestors)),
        children=children,
        standing=standing,
        defaults=defaults,
        accounts=accounts,
        balances={each["id"]: balance for each, balance in zip(shown, balances, strict=True)},
        lines=lines,
        moves=moves["items"],
        product_names={each["code"]: each["name"] for each in products},
        back=customer_path(page),
        **timeline,
    )


@get(f"{CUSTOMER}/lines")
async def list_lines(page: NamedDependency[Page]) -> Response[Any]:
    """All lines of the customer, page by page."""
    query = {
        "customer": str(page.place("customer_id")),
        "cursor": page.request.query_params.get("cursor"),
    }
    customer, lines, products = await page.together(
        page.api.get(customer_call(page)),
        page.api.get("/v1/lines", query=query),
        products_on_sale(page),
    )
    return page.render(
        "staff/customers/lines.html",
        customer=customer,
        lines=lines,
        product_names={each["code"]: each["name"] for each in products},
        back=customer_path(page),
    )


@get(f"{CUSTOMER}/below")
async def list_below(page: NamedDependency[Page]) -> Response[Any]:
    """All customers directly below, page by page."""
    query = {
        "parent": str(page.place("customer_id")),
        "cursor": page.request.query_params.get("cursor"),
    }
    customer, children = await page.together(
        page.api.get(customer_call(page)), page.api.get("/v1/customers", query=query)
    )
    return page.render(
        "staff/customers/below.html",
        customer=customer,
        children=children,
        back=customer_path(page),
    )


@get(f"{CUSTOMER}/timeline")
async def show_timeline(page: NamedDependency[Page]) -> Response[Any]:
    """Everything that happened to it, its accounts and their lines, page by page."""
    subject, timeline = await page.together(
        of_customer(page), timeline_of(page, customer_call(page), more=True)
    )
    return page.render("staff/timeline/page.html", **subject, **timeline)


GLANCE_PAGES: Final = [show_timeline, show_customer, list_lines, list_below]
