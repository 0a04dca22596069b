"""Making a batch of vouchers; its PINs are shown once, encrypted."""

from __future__ import annotations

from base64 import b64encode
from typing import Any, Final

from litestar import Response, get, post
from litestar.di import NamedDependency

from openmvno.client import Problem
from openmvno.web.pages.forms import Form
from openmvno.web.pages.moments import instant_of
from openmvno.web.pages.page import Page
from openmvno.web.pages.staff.lines.products import products_on_sale

SCOPE: Final = "vouchers:write"
TEMPLATE: Final = "staff/vouchers/new.html"
PLAIN: Final = ("name", "value", "currency", "certificate")


async def _needs(page: Page) -> dict[str, Any]:
    products, buckets = await page.together(
        products_on_sale(page), page.on_sale(page.api.get("/v1/buckets"))
    )
    return {
        "addons": [each for each in products if each["kind"] == "addon"],
        "buckets": buckets,
        "currency": page.user.tenant_currency,
    }


@get("/staff/vouchers/new")
async def show_form(page: NamedDependency[Page]) -> Response[Any]:
    """The form."""
    page.needs_scope(SCOPE)
    return page.render(TEMPLATE, **await _needs(page))


@post("/staff/vouchers/new", status_code=200)
async def make(page: NamedDependency[Page]) -> Response[Any]:
    """Makes them and shows the encrypted PINs, which cannot be had again."""
    form = await page.form()
    try:
        made = await page.api.post("/v1/voucher-batches", _body(page, form), key=form.key)
    except Problem as problem:
        return page.refused(TEMPLATE, form.refused(problem), **await _needs(page))
    file = b64encode(made["pins"].encode()).decode()
    return page.render(
        "staff/vouchers/made.html",
        batch=made["batch"],
        pins=made["pins"],
        file=f"data:application/pkcs7-mime;base64,{file}",
    )


def _body(page: Page, form: Form) -> dict[str, Any]:
    body = form.body(*PLAIN)
    for name in ("count", "days"):
        number = form.whole(name)
        if number is not None:
            body[name] = number
    body["expires_at"] = instant_of(page, form.value("expires_at"))
    kind, _, which = form.value("content").partition(":")
    if kind == "product":
        body["product"] = which
    elif kind == "bucket":
        bucket, _, option = which.partition("/")
        body["bucket"] = bucket
        body |= {"option": option} if option else form.body("amount")
    return body


MAKING_PAGES: Final = [show_form, make]
