"""Money that came by hand: at the counter, or on the bank's statement."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response

from openmvno.web.pages.asking import Question
from openmvno.web.pages.forms import Form
from openmvno.web.pages.page import Page
from openmvno.web.pages.staff.accounts.money import providers_by_hand

FIELDS: Final = ("provider", "amount", "currency", "payment_id", "account_id", "fee", "reference")


async def _needs(page: Page) -> dict[str, Any]:
    asked = page.request.query_params
    return {
        "about": "",
        "back": "/staff/payments",
        "providers": await providers_by_hand(page),
        "account_id": asked.get("account", ""),
        "payment_id": asked.get("payment", ""),
    }


async def _enter(page: Page, form: Form) -> Response[Any]:
    made = await page.api.post("/v1/payment-receipts", form.body(*FIELDS), key=form.key)
    return page.goto(f"/staff/payments/{made['id']}", "payment-taken")


RECEIPT_QUESTION: Final = Question(
    "/staff/payments/receipt", "staff/payments/receipt.html", "payments:write", _needs, _enter
)
