"""Money for the balance: by voucher and by saved card."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from openmvno.client import Problem
from openmvno.web.pages.forms import Form
from openmvno.web.pages.page import Page
from openmvno.web.pages.self_care.elsewhere import leave_for
from openmvno.web.pages.self_care.visit import base_of, own_line

TEMPLATE: Final = "self_care/top_up.html"
TYPED_BETWEEN: Final = str.maketrans("", "", " -.\t")

LATEST: Final = 20
"""Payments among which those are looked for that wait for the payer's bank."""

NOT_PAID: Final = {
    "not_answered": "payment-not-answered",
    "payment_intent_authentication_failure": "payment-not-confirmed",
    "authentication_required": "payment-not-confirmed",
}
"""What is said of a payment that failed after the bank had asked, by its cause."""

AMOUNTS: Final = ("5.00", "10.00", "20.00", "50.00")
"""Offered at once; any other may be typed in."""


async def _needs(page: Page) -> dict[str, Any]:
    own = await own_line(page)
    balance, methods, providers, automatic, payments = await page.together(
        page.if_live(page.api.get(f"{own.account}/balance")),
        page.api.get(f"{own.account}/payment-methods"),
        page.api.get(f"{own.account}/payment-method-providers"),
        page.unless_refused(page.api.get(f"{own.account}/auto-top-up")),
        page.api.get("/v1/payments", query={"account": own.line["account_id"], "limit": LATEST}),
    )
    return {
        "own": own,
        "balance": balance,
        "methods": methods["items"],
        "providers": providers,
        "waiting": [each for each in payments["items"] if each["status"] == "requires_action"],
        "automatic": automatic,
        "amounts": AMOUNTS,
        "currency": balance["currency"] if balance else page.user.tenant_currency,
    }


@get("/self-care/{tenant:str}/top-up")
async def show_top_up(page: NamedDependency[Page]) -> Response[Any]:
    """The ways to put money on the balance."""
    return page.render(TEMPLATE, **await _needs(page))


async def _again(page: Page, form: Form, problem: Problem) -> Response[Any]:
    return page.refused(TEMPLATE, form.refused(problem), **await _needs(page))


@post("/self-care/{tenant:str}/top-up/voucher", status_code=303)
async def redeem(page: NamedDependency[Page]) -> Response[Any]:
    """A PIN of a voucher."""
    form = await page.form("voucher")
    own = await own_line(page)
    client = page.request.client
    body = {
        "pin": form.value("pin").translate(TYPED_BETWEEN),
        "line_id": own.line["id"],
        "origin": client.host if client else "",
    }
    try:
        made = await page.api.post("/v1/voucher-redemptions", body, key=form.key)
    except Problem as problem:
        return await _again(page, form, problem)
    done = "redeemed" if made["status"] == "completed" else "on-its-way"
    return page.goto(f"{base_of(page)}/top-up", done)


@post("/self-care/{tenant:str}/top-up/card", status_code=200)
async def pay_by_card(page: NamedDependency[Page]) -> Response[Any]:
    """A saved card pays."""
    form = await page.form("card")
    own = await own_line(page)
    chosen = form.value("choice")
    body = form.body("method_id", "currency", also={"reference": own.line["msisdn"]})
    body["amount"] = form.value("amount").strip() if chosen in ("", "other") else chosen
    try:
        paid = await page.api.post(f"{own.account}/payments", body, key=form.key)
    except Problem as problem:
        return await _again(page, form, problem)
    if paid["status"] in ("failed", "cancelled"):
        cause = {"code": "payment_declined", "detail": ""}
        return await _again(page, form, Problem(409, cause))
    if paid["action_url"]:
        return leave_for(page, paid["action_url"])
    return page.goto(f"{base_of(page)}/top-up", _outcome(paid))


def _outcome(paid: dict[str, Any]) -> str:
    """What is said of a payment by card."""
    known = {
        "paid": "paid",
        "requires_action": "payment-waits",
        "failed": NOT_PAID.get(paid["failure"] or "", "payment-declined"),
        "cancelled": "payment-given-up",
    }
    return known.get(paid["status"], "on-its-way")


@get("/self-care/{tenant:str}/top-up/answered/{payment_id:uuid}")
async def look_for_payment(
    page: NamedDependency[Page], payment_id: FromPath[UUID]
) -> Response[Any]:
    """The provider is asked what came of it."""
    path = f"/v1/payments/{payment_id}/continuation"
    paid = await page.learning().post(path)
    return page.goto(f"{base_of(page)}/top-up", _outcome(paid))


@post("/self-care/{tenant:str}/top-up/payments/{payment_id:uuid}/cancellation", status_code=303)
async def give_up(page: NamedDependency[Page], payment_id: FromPath[UUID]) -> Response[Any]:
    """A payment whose bank asks is not to be; the payer may have been quicker."""
    form = await page.form("give-up")
    try:
        paid = await page.api.post(f"/v1/payments/{payment_id}/cancellation", key=form.key)
    except Problem as problem:
        if problem.code != "payment_state_conflict":
            raise
        paid = await page.api.get(f"/v1/payments/{payment_id}")
    return page.goto(f"{base_of(page)}/top-up", _outcome(paid))


TOP_UP_PAGES: Final = [show_top_up, redeem, pay_by_card, look_for_payment, give_up]
