"""Limits of an account, and a further line on it."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response

from openmvno.web.pages.asking import Question
from openmvno.web.pages.forms import Form
from openmvno.web.pages.moments import instant_of
from openmvno.web.pages.page import Page
from openmvno.web.pages.staff.accounts.subject import (
    ACCOUNT,
    account_call,
    account_path,
    of_account,
)
from openmvno.web.pages.staff.lines.identity import digits
from openmvno.web.pages.staff.lines.products import products_on_sale
from openmvno.web.pages.staff.stock import free_numbers, free_sims

SCOPE: Final = "customers:write"


async def _limits(page: Page, form: Form) -> Response[Any]:
    # What was emptied is taken away; without a credit limit there is none.
    body: dict[str, Any] = {
        "credit_limit": form.value("credit_limit").strip() or "0",
        "limit_warning": form.value("limit_warning").strip() or None,
        "low_balance": form.value("low_balance").strip() or None,
        "temporary_limit": None,
        "partners": form.value("partners").split(),
    }
    body |= form.body("time_zone")
    amount, until = (
        form.value("temporary_limit.amount").strip(),
        form.value("temporary_limit.until"),
    )
    if amount or until:
        body["temporary_limit"] = {"amount": amount, "until": instant_of(page, until)}
    await page.api.patch(account_call(page), body)
    return page.goto(account_path(page), "limits-set")


async def _line_needs(page: Page) -> dict[str, Any]:
    needs, products, sims, numbers = await page.together(
        of_account(page), products_on_sale(page), free_sims(page), free_numbers(page)
    )
    main = [each for each in products if each["kind"] == "main"]
    return {**needs, "products": main, "sims": sims, "numbers": numbers}


async def _open_line(page: Page, form: Form) -> Response[Any]:
    body = form.body("product", "msisdn", "iccid", "status")
    if "msisdn" in body:
        body["msisdn"] = digits(body["msisdn"])
    made = await page.api.post(account_call(page, "/lines"), body, key=form.key)
    return page.goto(f"/staff/lines/{made['id']}", "line-opened")


CHANGE_QUESTIONS: Final = [
    Question(f"{ACCOUNT}/limits", "staff/accounts/limits.html", SCOPE, of_account, _limits),
    Question(f"{ACCOUNT}/lines", "staff/accounts/new_line.html", SCOPE, _line_needs, _open_line),
]
