"""Signing somebody up: one form, and a summary of what it made."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.di import NamedDependency

from openmvno.client import Problem
from openmvno.web.pages.forms import Form
from openmvno.web.pages.page import Page
from openmvno.web.pages.staff.lines.identity import digits
from openmvno.web.pages.staff.lines.products import products_on_sale
from openmvno.web.pages.staff.stock import free_numbers, free_sims, number_classes

SCOPE: Final = "customers:write"
TEMPLATE: Final = "staff/sign_up/form.html"
DETAILS: Final = ("name", "kind", "email", "phone", "external_id")
PLAIN: Final = ("product", "iccid", "status", "number_class")


async def _needs(page: Page, customer_id: str = "") -> dict[str, Any]:
    products, sims, numbers, classes = await page.together(
        products_on_sale(page), free_sims(page), free_numbers(page), number_classes(page)
    )
    currencies = [each["currency"] for each in products]
    return {
        "products": [each for each in products if each["kind"] == "main"],
        "addons": [each for each in products if each["kind"] == "addon"],
        "sims": sims,
        "numbers": numbers,
        "classes": classes,
        "currency": currencies[0] if currencies else page.user.tenant_currency,
        "customer_id": customer_id,
    }


@get("/staff/sign-up")
async def show_form(page: NamedDependency[Page]) -> Response[Any]:
    """The form; ``?customer=`` is for somebody we know."""
    page.needs_scope(SCOPE)
    customer_id = page.request.query_params.get("customer", "")
    return page.render(TEMPLATE, **await _needs(page, customer_id))


@post("/staff/sign-up", status_code=303)
async def sign_up(page: NamedDependency[Page]) -> Response[Any]:
    """All of it or nothing."""
    form = await page.form()
    try:
        made = await page.api.post("/v1/sign-ups", _body(form), key=form.key)
    except Problem as problem:
        return page.refused(TEMPLATE, form.refused(problem), **await _needs(page))
    return page.goto(f"/staff/sign-up/{made['line']['id']}")


def _body(form: Form) -> dict[str, Any]:
    body = form.body(*PLAIN, "customer_id", "initial_top_up.amount")
    if "customer_id" not in body:
        # An empty name is for the API to refuse, by its field.
        body["customer"] = {
            "name": "",
            **form.body(*(f"customer.{name}" for name in DETAILS)).get("customer", {}),
        }
    if form.value("msisdn").strip():
        body["msisdn"] = digits(form.value("msisdn"))
    if "initial_top_up" in body:
        body["initial_top_up"]["currency"] = form.value("currency")
    chosen = form.chosen("addons")
    return {**body, "addons": chosen} if chosen else body


@get("/staff/sign-up/{line_id:uuid}")
async def show_summary(page: NamedDependency[Page]) -> Response[Any]:
    """What the sign-up made."""
    line = await page.api.get(f"/v1/lines/{page.place('line_id')}")
    account, addons, products, balance = await page.together(
        page.api.get(f"/v1/accounts/{line['account_id']}"),
        page.api.get(f"/v1/lines/{line['id']}/products", query={"limit": 50}),
        products_on_sale(page),
        page.if_live(page.api.get(f"/v1/accounts/{line['account_id']}/balance")),
    )
    customer = await page.api.get(f"/v1/customers/{account['customer_id']}")
    return page.render(
        "staff/sign_up/summary.html",
        line=line,
        account=account,
        customer=customer,
        addons=addons["items"],
        product_names={each["code"]: each["name"] for each in products},
        balance=balance,
    )


SIGN_UP_PAGES: Final = [show_form, sign_up, show_summary]
