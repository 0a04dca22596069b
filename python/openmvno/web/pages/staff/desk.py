"""What every staff page begins with: a session of staff, and the menu."""

from __future__ import annotations

from typing import Any

from litestar import Request

from openmvno.client import Problem
from openmvno.web.pages.page import Page, visitor_page
from openmvno.web.pages.staff.navigation import menu_of


async def staff_page(request: Request[Any, Any, Any]) -> Page:
    """A page for staff (a Litestar dependency).

    Raises:
        Problem: 401 without a session, 403 for whom the pages are not.
    """
    page = await visitor_page(request)
    if page.session is None:
        raise Problem(401, {"code": "token_invalid"})
    if not page.session.is_staff:
        raise Problem(403, {"code": "scope_missing"})
    page.extra["menu"] = menu_of(page.session)
    return page
