"""The line that a page is about."""

from __future__ import annotations

from typing import Any, Final

from openmvno.web.pages.page import Page

LINE: Final = "/staff/lines/{line_id:uuid}"


def line_path(page: Page) -> str:
    """The address of the line's own page."""
    return f"/staff/lines/{page.place('line_id')}"


def line_call(page: Page, rest: str = "") -> str:
    """The line in the API, or what belongs to it."""
    return f"/v1/lines/{page.place('line_id')}{rest}"


async def line_of(page: Page) -> Any:
    """The line as the API tells it.

    Raises:
        Problem: there is none.
    """
    return await page.api.get(line_call(page))


async def of_line(page: Page) -> dict[str, Any]:
    """What every question about a line shows."""
    return about_line(page, await line_of(page))


def about_line(page: Page, line: Any) -> dict[str, Any]:
    """The same where the line is known."""
    return {"line": line, "about": f"+{line['msisdn']}", "back": line_path(page)}
