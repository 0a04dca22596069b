"""What a line used: its CDRs, and why each has its amount."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get
from litestar.di import NamedDependency

from openmvno.web.pages.page import Page
from openmvno.web.pages.staff.lines.subject import LINE, about_line, line_of, line_path
from openmvno.web.pages.staff.usage import explained, usage_of


@get(f"{LINE}/usage")
async def show_usage(page: NamedDependency[Page]) -> Response[Any]:
    """CDRs of the line, page by page."""
    query = {"line": str(page.place("line_id")), "cursor": page.request.query_params.get("cursor")}
    line, usage = await page.together(line_of(page), usage_of(page, query))
    return page.render("staff/lines/usage.html", **about_line(page, line), **usage)


@get(f"{LINE}/usage/{{cdr_id:uuid}}")
async def show_explanation(page: NamedDependency[Page]) -> Response[Any]:
    """Why a CDR has its amount."""
    line, charge = await page.together(line_of(page), explained(page, str(page.place("cdr_id"))))
    return page.render(
        "staff/usage/explanation.html",
        **about_line(page, line),
        charge=charge,
        wide=True,
        path=line_path(page),
    )


USAGE_PAGES: Final = [show_usage, show_explanation]
