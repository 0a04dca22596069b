"""What every self-care page begins with: the operator's look, the session, the line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from litestar import Request
from litestar.datastructures import Cookie

from openmvno.client import Problem
from openmvno.web.pages.formats import Formats
from openmvno.web.pages.languages import locale_of
from openmvno.web.pages.page import Page, language_of, visitor_page
from openmvno.web.pages.preferences import YEAR_SECONDS
from openmvno.web.pages.self_care.navigation import places_of

LINE_COOKIE: Final = "openmvno_line"
"""The line that somebody with several looks at."""

MOST_LINES: Final = 50
"""Lines one chooses among."""


async def open_page(request: Request[Any, Any, Any]) -> Page:
    """A page before anybody has logged in, in the operator's look (a Litestar dependency).

    Raises:
        Problem: 404, there is no such operator.
    """
    page = await visitor_page(request)
    tenant = str(request.path_params["tenant"])
    brand = await page.api.get(f"/v1/branding/{quote(tenant, safe='')}")
    base = f"/self-care/{quote(tenant)}"
    page.extra.update(brand=brand, base=base, places=())
    page.language = language_of(request, page.session, otherwise=brand["language"])
    page.formats = Formats(locale_of(page.language), page.formats.zone)
    return page


async def own_page(request: Request[Any, Any, Any]) -> Page:
    """A page of somebody the operator serves (a Litestar dependency).

    Raises:
        Problem: 401 without a session of such a user with this operator.
    """
    page = await open_page(request)
    session = page.session
    if session is None or session.is_staff or session.tenant != request.path_params["tenant"]:
        raise Problem(401, {"code": "token_invalid"})
    page.extra["places"] = places_of(page.extra["base"])
    return page


def base_of(page: Page) -> str:
    """Where the operator's self-care begins."""
    return str(page.extra["base"])


@dataclass(frozen=True, slots=True)
class Own:
    """The line a page is about, and those one may choose instead."""

    line: dict[str, Any]
    lines: list[dict[str, Any]]

    @property
    def account(self) -> str:
        """Where its account is in the API."""
        return f"/v1/accounts/{self.line['account_id']}"

    @property
    def path(self) -> str:
        """Where it is in the API."""
        return f"/v1/lines/{self.line['id']}"


async def own_line(page: Page) -> Own:
    """The line that was chosen, else the first in service.

    Raises:
        Problem: 404 ``line_not_found``, there is none.
    """
    listing = await page.api.get("/v1/lines", query={"limit": MOST_LINES})
    lines = [line for line in listing["items"] if line["status"] != "closed"] or listing["items"]
    if not lines:
        raise Problem(404, {"code": "line_not_found"})
    wanted = page.request.cookies.get(LINE_COOKIE)
    chosen = [line for line in lines if line["id"] == wanted]
    active = [line for line in lines if line["status"] == "active"]
    return Own((chosen or active or lines)[0], lines)


def line_cookie(line_id: str, path: str) -> Cookie:
    """Remembers the choice of a line."""
    return Cookie(
        LINE_COOKIE, value=line_id, path=path, max_age=YEAR_SECONDS, samesite="lax", httponly=True
    )
