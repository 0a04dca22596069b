"""A login to self-care for who uses the line: a code that is handed over."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.di import NamedDependency

from openmvno.client import Problem
from openmvno.web.pages.page import Page
from openmvno.web.pages.staff.lines.subject import LINE, line_call, line_of, of_line

TEMPLATE: Final = "staff/lines/self_care.html"
SCOPE: Final = "customers:write"


@get(f"{LINE}/self-care")
async def ask_whom(page: NamedDependency[Page]) -> Response[Any]:
    """Who is to have the login."""
    page.needs_scope(SCOPE)
    line = await line_of(page)
    account = await page.api.get(f"/v1/accounts/{line['account_id']}")
    customer = await page.api.get(f"/v1/customers/{account['customer_id']}")
    return page.render(TEMPLATE, customer=customer, **await of_line(page))


@post(f"{LINE}/self-care", status_code=200)
async def invite(page: NamedDependency[Page]) -> Response[Any]:
    """Makes the login; the code is shown this once."""
    form = await page.form()
    needs = await of_line(page)
    try:
        made = await page.api.post(
            line_call(page, "/self-care-users"),
            form.body("name", "email", "language"),
            key=form.key,
        )
    except Problem as problem:
        return page.refused(TEMPLATE, form.refused(problem), customer=None, **needs)
    base = page.request.app.state.public_url or str(page.request.base_url).rstrip("/")
    link = f"{base}/self-care/{page.user.tenant}/welcome"
    return page.render(TEMPLATE, made=made, link=link, customer=None, **needs)


SELF_CARE_PAGES: Final[list[Any]] = [ask_whom, invite]
