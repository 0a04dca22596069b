"""What a usage would cost, step by step. Nothing changes."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.di import NamedDependency

from openmvno.client import Problem
from openmvno.web.pages.forms import Form
from openmvno.web.pages.page import Page

TEMPLATE: Final = "staff/quote.html"


@get("/staff/quote")
async def show_quote_form(page: NamedDependency[Page]) -> Response[Any]:
    """What to price, by what."""
    return page.render(TEMPLATE, quote=None, **await _choices(page))


@post("/staff/quote", status_code=200)
async def make_quote(page: NamedDependency[Page]) -> Response[Any]:
    """The price, and how it came about."""
    form = await page.form("quote")
    choices = await _choices(page)
    try:
        quote = await page.api.post("/v1/quotes", _request(page, form), key=form.key)
    except Problem as problem:
        return page.refused(TEMPLATE, form.refused(problem), quote=None, **choices)
    unit = next(
        (each["unit"] for each in choices["services"] if each["code"] == form.value("service")), ""
    )
    return page.render(TEMPLATE, form=form, quote=quote, unit=unit, **choices)


def _request(page: Page, form: Form) -> dict[str, Any]:
    given = {name: form.whole(name) for name in ("usage", "rating_group", "version")}
    moment = page.instant(form, "at")
    also = {name: value for name, value in {**given, "at": moment}.items() if value is not None}
    names = ["service", "destination", "balance"]
    names.append("line" if form.value("line").strip() else "product")
    return form.body(*names, also=also)


async def _choices(page: Page) -> dict[str, Any]:
    """Products, services and units of buckets of the catalogue in force; none while there is
    none."""
    found = await page.unless_refused(page.api.get("/v1/catalog"), {"document": {}})
    document = found["document"]
    return {
        "services": document.get("services", []),
        "bucket_units": {
            f"bucket:{each['code']}": each["unit"] for each in document.get("buckets", [])
        },
        "products": [
            product for product in document.get("products", []) if product.get("kind") != "addon"
        ],
    }


QUOTE_PAGES: Final = [show_quote_form, make_quote]
