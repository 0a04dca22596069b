"""One search over numbers, names, cards and whatever else people paste."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get
from litestar.di import NamedDependency

from openmvno.web.pages.page import Page

LONGEST: Final = 200
"""Characters that the API takes."""

AT_ONCE: Final = 7
"""Results under the box of the header."""

ICONS: Final = {
    "line": "phone",
    "customer": "person",
    "account": "coins",
    "number": "hash",
    "sim": "sim",
    "voucher": "ticket",
}


async def found_by(page: Page, asked: str) -> list[dict[str, Any]]:
    """What the API finds, each with the ``path`` of its page; the best first."""
    answer = await page.api.get("/v1/search", query={"q": asked[:LONGEST]})
    return [{**item, "path": _path(item), "icon": ICONS[item["kind"]]} for item in answer["items"]]


def _path(item: dict[str, Any]) -> str:
    kind = item["kind"]
    if kind == "voucher":
        return f"/staff/vouchers/{item['serial']}"
    if item["line_id"]:
        return f"/staff/lines/{item['line_id']}"
    if kind == "account":
        return f"/staff/accounts/{item['account_id']}"
    if kind == "sim":
        return f"/staff/sims/{item['iccid']}"
    if kind == "number":
        return f"/staff/numbers/{item['label']}"
    return f"/staff/customers/{item['customer_id']}"


@get("/staff/search")
async def search(page: NamedDependency[Page]) -> Response[Any]:
    """Results: under the box of the header as one types, or as a page."""
    asked = page.request.query_params.get("q", "").strip()
    found = await found_by(page, asked) if asked else []
    exact = [item for item in found if item["exact"]]
    if not page.is_fragment and len(exact) == 1:
        return page.goto(exact[0]["path"])
    if page.is_fragment:
        return page.render("staff/search/found.html", asked=asked, found=found[:AT_ONCE])
    return page.render("staff/search/page.html", asked=asked, found=found)


SEARCH_PAGES: Final = [search]
