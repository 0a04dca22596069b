"""What staff does with a payment: allocate, give back, book a chargeback."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response

from openmvno.web.pages.asking import Question
from openmvno.web.pages.forms import Form
from openmvno.web.pages.page import Page

SCOPE: Final = "payments:refund"
PAYMENT: Final = "/staff/payments/{payment_id:uuid}"


def _call(page: Page, rest: str = "") -> str:
    return f"/v1/payments/{page.place('payment_id')}{rest}"


def _path(page: Page) -> str:
    return f"/staff/payments/{page.place('payment_id')}"


async def _needs(page: Page) -> dict[str, Any]:
    payment = await page.api.get(_call(page))
    about = page.gettext(
        "Payment of %(amount)s", amount=page.formats.money(payment["received"], payment["currency"])
    )
    return {"payment": payment, "about": about, "back": _path(page)}


async def _allocate(page: Page, form: Form) -> Response[Any]:
    body = form.body("account_id", "amount")
    await page.api.post(_call(page, "/allocations"), body, key=form.key)
    return page.goto(_path(page), "allocated")


async def _refund(page: Page, form: Form) -> Response[Any]:
    body = form.body("amount", "reason")
    made = await page.api.post(_call(page, "/refunds"), body, key=form.key)
    done = {"paid": "refunded", "refused": "refund-refused", "failed": "refund-failed"}
    return page.goto(_path(page), done.get(made["status"], "on-its-way"))


async def _charge_back(page: Page, form: Form) -> Response[Any]:
    body = form.body("amount", "reference")
    await page.api.post(_call(page, "/chargebacks"), body, key=form.key)
    return page.goto(_path(page), "charged-back")


def _asked(name: str, act: Any) -> Question:
    return Question(f"{PAYMENT}/{name}", f"staff/payments/{name}.html", SCOPE, _needs, act)


PAYMENT_QUESTIONS: Final = [
    _asked("allocation", _allocate),
    _asked("refund", _refund),
    _asked("chargeback", _charge_back),
]
