"""Money of an account: top-up, payment, transfer, saved methods, automatic top-up."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response

from openmvno.web.pages.asking import Question
from openmvno.web.pages.forms import Form
from openmvno.web.pages.page import Page
from openmvno.web.pages.staff.accounts.subject import (
    ACCOUNT,
    account_call,
    account_path,
    of_account,
)
from openmvno.web.pages.staff.lines.identity import digits

SCOPE: Final = "payments:write"
BY_HAND: Final = ("cash_desk", "bank_transfer")
"""Kinds of providers whose money staff enters."""


async def providers_by_hand(page: Page) -> list[dict[str, Any]]:
    """The cash desks and banks of the operator."""
    found = await page.unless_refused(page.api.get("/v1/payment-providers"), [])
    return [each for each in found if each["kind"] in BY_HAND and each["enabled"]]


async def _top_up_needs(page: Page) -> dict[str, Any]:
    return {**await of_account(page), "action": f"{account_path(page)}/top-up"}


async def _top_up(page: Page, form: Form) -> Response[Any]:
    body = form.body("amount", "currency", "reference")
    made = await page.api.post(account_call(page, "/top-ups"), body, key=form.key)
    done = "topped-up" if made["status"] == "completed" else "on-its-way"
    return page.goto(account_path(page), done)


async def _payment_needs(page: Page) -> dict[str, Any]:
    needs, providers, methods = await page.together(
        of_account(page),
        providers_by_hand(page),
        page.unless_refused(page.api.get(account_call(page, "/payment-methods"))),
    )
    return {**needs, "providers": providers, "methods": methods["items"] if methods else []}


async def _pay(page: Page, form: Form) -> Response[Any]:
    body = form.body("amount", "currency", "reference", "fee")
    kind, _, which = form.value("by").partition(":")
    body["method_id" if kind == "method" else "provider"] = which
    if kind != "method":
        body["received"] = form.flag("received")
    made = await page.api.post(account_call(page, "/payments"), body, key=form.key)
    return page.goto(f"/staff/payments/{made['id']}", "payment-taken")


async def _transfer(page: Page, form: Form) -> Response[Any]:
    body = form.body("amount", "currency", "reference", also={"to": digits(form.value("to"))})
    made = await page.api.post(account_call(page, "/transfers"), body, key=form.key)
    done = {"completed": "transferred", "returned": "transfer-returned"}
    return page.goto(account_path(page), done.get(made["status"], "on-its-way"))


async def _automatic_needs(page: Page) -> dict[str, Any]:
    needs, methods, terms = await page.together(
        of_account(page),
        page.api.get(account_call(page, "/payment-methods")),
        page.unless_refused(page.api.get(account_call(page, "/auto-top-up"))),
    )
    return {**needs, "methods": methods["items"], "terms": terms}


async def _set_automatic(page: Page, form: Form) -> Response[Any]:
    body = form.body(
        "method_id", "threshold", "amount", "daily_limit", also={"enabled": form.flag("enabled")}
    )
    await page.api.put(account_call(page, "/auto-top-up"), body)
    return page.goto(account_path(page), "automatic-set")


async def _method_needs(page: Page) -> dict[str, Any]:
    needs, methods = await page.together(
        of_account(page), page.api.get(account_call(page, "/payment-methods"))
    )
    wanted = str(page.place("method_id"))
    method = next((each for each in methods["items"] if each["id"] == wanted), None)
    return {**needs, "method": method, "method_id": wanted}


async def _remove_method(page: Page, _form: Form) -> Response[Any]:
    await page.api.delete(account_call(page, f"/payment-methods/{page.place('method_id')}"))
    return page.goto(account_path(page), "method-removed")


def _asked(path: str, name: str, needs: Any, act: Any) -> Question:
    return Question(f"{ACCOUNT}/{path}", f"staff/accounts/{name}.html", SCOPE, needs, act)


MONEY_QUESTIONS: Final = [
    _asked("top-up", "top_up", _top_up_needs, _top_up),
    _asked("payment", "payment", _payment_needs, _pay),
    _asked("transfer", "transfer", of_account, _transfer),
    _asked("automatic-top-up", "automatic", _automatic_needs, _set_automatic),
    _asked("methods/{method_id:uuid}/removal", "method_removal", _method_needs, _remove_method),
]
