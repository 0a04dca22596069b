"""Product, add-ons, favourites and limits of a line."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response

from openmvno.web.pages.asking import Question
from openmvno.web.pages.forms import Form
from openmvno.web.pages.page import Page
from openmvno.web.pages.staff.lines.identity import digits
from openmvno.web.pages.staff.lines.subject import (
    LINE,
    about_line,
    line_call,
    line_of,
    line_path,
    of_line,
)

SCOPE: Final = "customers:write"


async def products_on_sale(page: Page) -> list[dict[str, Any]]:
    """The catalogue's products; none where the reader may not see it or there is none."""
    found: list[dict[str, Any]] = await page.on_sale(page.api.get("/v1/products"))
    return found


def goes_with(addon: dict[str, Any], product: str) -> bool:
    """Whether an add-on may come to a line of a main product."""
    return not addon["requires"] or product in addon["requires"]


async def _product_needs(page: Page) -> dict[str, Any]:
    needs, products = await page.together(of_line(page), products_on_sale(page))
    return {**needs, "products": [each for each in products if each["kind"] == "main"]}


async def _change_product(page: Page, form: Form) -> Response[Any]:
    await page.api.patch(line_call(page), form.body("product", "reason"))
    return page.goto(line_path(page), "product-changed")


async def _addon_needs(page: Page) -> dict[str, Any]:
    line, products = await page.together(line_of(page), products_on_sale(page))
    addons = [
        each for each in products if each["kind"] == "addon" and goes_with(each, line["product"])
    ]
    return {**about_line(page, line), "addons": addons}


async def _buy(page: Page, form: Form) -> Response[Any]:
    product, _, price = form.value("product").partition("/")
    # The price stands beside the add-on's name: another one is another deal.
    told = {"price": price} if price else {}
    body = form.body("pay", also={"product": product, **told})
    await page.api.post(line_call(page, "/products"), body, key=form.key)
    return page.goto(line_path(page), "addon-bought")


async def _cancel_needs(page: Page) -> dict[str, Any]:
    needs, addons, products = await page.together(
        of_line(page),
        page.api.get(line_call(page, "/products"), query={"limit": 100}),
        products_on_sale(page),
    )
    wanted = str(page.place("instance_id"))
    (addon,) = [each for each in addons["items"] if each["id"] == wanted] or [None]
    names = {each["code"]: each["name"] for each in products}
    return {**needs, "addon": addon, "names": names, "instance_id": wanted}


async def _cancel(page: Page, _form: Form) -> Response[Any]:
    await page.api.delete(line_call(page, f"/products/{page.place('instance_id')}"))
    return page.goto(line_path(page), "addon-cancelled")


async def _favourites_needs(page: Page) -> dict[str, Any]:
    needs, favourites = await page.together(
        of_line(page), page.api.get(line_call(page, "/favourites"))
    )
    return {**needs, "favourites": favourites["numbers"]}


async def _set_favourites(page: Page, form: Form) -> Response[Any]:
    numbers = [digits(text) for text in form.value("numbers").splitlines() if text.strip()]
    await page.api.put(line_call(page, "/favourites"), {"numbers": numbers})
    return page.goto(line_path(page), "favourites-set")


async def _set_limits(page: Page, form: Form) -> Response[Any]:
    cap = form.body("spending_cap.amount", "spending_cap.renew").get("spending_cap", {})
    flags = ("own_balance", "toll_free_barred", "zero_rated_allowed")
    body: dict[str, Any] = {name: form.flag(name) for name in flags}
    body["spending_cap"] = cap if "amount" in cap else None
    await page.api.patch(line_call(page), {**body, **form.body("reason")})
    return page.goto(line_path(page), "limits-set")


def _asked(path: str, name: str, needs: Any, act: Any) -> Question:
    return Question(f"{LINE}/{path}", f"staff/lines/{name}.html", SCOPE, needs, act)


PRODUCT_QUESTIONS: Final = [
    _asked("product", "product", _product_needs, _change_product),
    _asked("add-ons", "addon", _addon_needs, _buy),
    _asked("add-ons/{instance_id:uuid}/end", "addon_end", _cancel_needs, _cancel),
    _asked("favourites", "favourites", _favourites_needs, _set_favourites),
    _asked("limits", "limits", of_line, _set_limits),
]
