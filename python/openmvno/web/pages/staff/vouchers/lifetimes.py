"""The table of lifetimes: how many days a voucher of which value lets a subscriber live on."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get
from litestar.di import NamedDependency

from openmvno.client import Problem
from openmvno.web.pages.asking import Question
from openmvno.web.pages.forms import Form
from openmvno.web.pages.page import Page

LIST: Final = "/staff/vouchers/lifetimes"
CALL: Final = "/v1/voucher-lifetimes"
ONE: Final = f"{LIST}/{{currency:str}}/{{from_value:str}}"
SCOPE: Final = "vouchers:write"

Row = dict[str, Any]
"""As the API has it: ``currency``, ``from_value``, ``days``."""


@get(LIST)
async def list_lifetimes(page: NamedDependency[Page]) -> Response[Any]:
    """The table, by currency, from the smallest value on."""
    return page.render("staff/vouchers/lifetimes.html", rows=(await page.api.get(CALL))["rows"])


async def _new_needs(page: Page) -> dict[str, Any]:
    row = {"currency": page.user.tenant_currency, "from_value": "", "days": ""}
    return {"about": "", "back": LIST, "row": row, "action": f"{LIST}/new"}


async def _needs(page: Page) -> dict[str, Any]:
    _, row = await _parted(page)
    about = page.formats.money(row["from_value"], row["currency"])
    here = f"{LIST}/{row['currency']}/{row['from_value']}"
    return {"about": about, "back": LIST, "row": row, "action": f"{here}/edit"}


async def _parted(page: Page) -> tuple[list[Row], Row]:
    """The other rows of the table, and the one that the page is about.

    Raises:
        Problem: 404, it is not there any more.
    """
    rows: list[Row] = (await page.api.get(CALL))["rows"]
    wanted = (page.place("currency"), page.place("from_value"))
    others = [row for row in rows if (row["currency"], row["from_value"]) != wanted]
    found = [row for row in rows if row not in others]
    if not found:
        raise Problem(404, {"code": "route_not_found"})
    return others, found[0]


async def _add(page: Page, form: Form) -> Response[Any]:
    table = await page.api.get(CALL)
    return await _put(page, table["rows"], form)


async def _edit(page: Page, form: Form) -> Response[Any]:
    others, _ = await _parted(page)
    return await _put(page, others, form)


async def _put(page: Page, others: list[Row], form: Form) -> Response[Any]:
    body = {**form.body("currency", "from_value"), "days": form.whole("days")}
    place = f"rows[{len(others)}]."
    try:
        await page.api.put(CALL, {"rows": [*others, body]})
    except Problem as problem:
        # The API names a field of the row by its place in the table; the form has the one row.
        problem.field = (problem.field or "").removeprefix(place) or None
        raise
    return page.goto(LIST, "saved")


async def _remove(page: Page, _form: Form) -> Response[Any]:
    others, _ = await _parted(page)
    await page.api.put(CALL, {"rows": others})
    return page.goto(LIST, "lifetime-removed")


LIFETIME_PAGES: Final[list[Any]] = [
    list_lifetimes,
    *Question(f"{LIST}/new", "staff/vouchers/lifetime.html", SCOPE, _new_needs, _add).handlers(),
    *Question(f"{ONE}/edit", "staff/vouchers/lifetime.html", SCOPE, _needs, _edit).handlers(),
    *Question(
        f"{ONE}/remove", "staff/vouchers/lifetime_removal.html", SCOPE, _needs, _remove
    ).handlers(),
]
