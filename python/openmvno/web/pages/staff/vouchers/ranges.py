"""Activating and blocking vouchers by their serial numbers."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response

from openmvno.web.pages.asking import Question
from openmvno.web.pages.forms import Form
from openmvno.web.pages.page import Page


async def _needs(page: Page) -> dict[str, Any]:
    asked = page.request.query_params
    return {
        "about": "",
        "back": "/staff/vouchers",
        "first": asked.get("first", ""),
        "last": asked.get("last", ""),
        "state": asked.get("state", "active"),
    }


async def _change(page: Page, form: Form) -> Response[Any]:
    body: dict[str, Any] = form.body("state")
    for name in ("first_serial", "last_serial"):
        number = form.whole(name)
        if number is not None:
            body[name] = number
    await page.api.post("/v1/voucher-ranges", body, key=form.key)
    return page.goto("/staff/vouchers", f"vouchers-{form.value('state')}")


RANGE_QUESTION: Final = Question(
    "/staff/vouchers/range", "staff/vouchers/range.html", "vouchers:write", _needs, _change
)
