"""Finding customers."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get
from litestar.di import NamedDependency

from openmvno.web.pages.page import Page
from openmvno.web.pages.staff.search import found_by

SHOWN: Final = 50


@get("/staff/customers")
async def list_customers(page: NamedDependency[Page]) -> Response[Any]:
    """Customers from the newest on, or those that were asked for."""
    page.needs_scope("customers:read")
    asked = page.request.query_params.get("q", "").strip()
    if asked:
        found = [each for each in await found_by(page, asked) if each["kind"] == "customer"]
        return page.render("staff/customers/listing.html", asked=asked, found=found, listed=None)
    cursor = page.request.query_params.get("cursor")
    listed = await page.api.get("/v1/customers", query={"limit": SHOWN, "cursor": cursor})
    return page.render("staff/customers/listing.html", asked="", found=[], listed=listed)


@get("/staff/customers/offers")
async def offer_customers(page: NamedDependency[Page]) -> Response[Any]:
    """Customers to choose from while their name is typed into a field."""
    field = page.request.query_params.get("field", "")
    asked = page.request.query_params.get(field, "").strip()
    found = await found_by(page, asked) if asked else []
    customers = [each for each in found if each["kind"] == "customer"]
    return page.render("staff/customers/offers.html", found=customers)


LISTING_PAGES: Final = [list_customers, offer_customers]
