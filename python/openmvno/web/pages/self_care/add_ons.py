"""Add-ons and packs: what there is, buying and cancelling."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from openmvno.client import Problem
from openmvno.web.pages.forms import Form
from openmvno.web.pages.page import Page
from openmvno.web.pages.self_care.offers import buckets_on_sale, products_on_sale
from openmvno.web.pages.self_care.quotas import amount_of
from openmvno.web.pages.self_care.visit import Own, base_of, own_line

TEMPLATE: Final = "self_care/add_ons.html"
MOST: Final = 100
"""Add-ons of a line that are looked at."""


@dataclass(frozen=True, slots=True)
class Content:
    """What an add-on brings of something."""

    name: str
    amount: str
    renew: str
    valid_days: int | None


@dataclass(frozen=True, slots=True)
class Offer:
    """An add-on that goes with the line. ``price``: as the reader is told it, empty where it costs
    nothing; ``asked``: as the API has it."""

    code: str
    name: str
    contents: list[Content]
    is_there: bool
    price: str
    asked: str
    is_covered: bool
    """The balance pays for it, as far as is known."""


@dataclass(frozen=True, slots=True)
class Pack:
    """Content for a wallet at a price."""

    bucket: str
    option: str
    name: str
    amount: str
    days: int
    price: str


async def _needs(page: Page) -> dict[str, Any]:
    own = await own_line(page)
    products, buckets, addons, balance = await page.together(
        products_on_sale(page),
        buckets_on_sale(page),
        page.api.get(f"{own.path}/products", query={"limit": MOST}),
        page.if_live(page.api.get(f"{own.account}/balance")),
    )
    active = [each for each in addons["items"] if each["status"] in ("active", "pending")]
    return {
        "own": own,
        "balance": balance,
        "active": active,
        "products": {product["code"]: product for product in products},
        "offers": _offers(page, own, products, active, balance),
        "packs": _packs(page, buckets),
    }


def _offers(
    page: Page,
    own: Own,
    products: list[dict[str, Any]],
    active: list[dict[str, Any]],
    balance: dict[str, Any] | None,
) -> list[Offer]:
    available = None if balance is None else Decimal(balance["available"])
    has = {each["product"] for each in active} | {own.line["product"]}
    found = []
    for product in products:
        fits = not product["requires"] or own.line["product"] in product["requires"]
        if product["kind"] != "addon" or not fits or has & set(product["excludes"]):
            continue
        is_there = product["code"] in has and not product["multiple"]
        price = Decimal(product["price"])
        found.append(
            Offer(
                product["code"],
                product["name"],
                _contents(page, product),
                is_there,
                page.formats.money(product["price"], product["currency"]) if price else "",
                product["price"],
                not price or available is None or price <= available,
            )
        )
    return found


def _contents(page: Page, product: dict[str, Any]) -> list[Content]:
    return [
        Content(
            each["name"],
            amount_of(page, each["amount"], each["unit"], product["currency"]),
            each["renew"],
            each["valid_days"],
        )
        for each in product.get("contents", [])
    ]


def _packs(page: Page, buckets: list[dict[str, Any]]) -> list[Pack]:
    return [
        Pack(
            bucket["code"],
            option["code"],
            bucket["name"],
            amount_of(page, option["amount"], bucket["unit"], bucket["currency"]),
            option["days"],
            page.formats.money(option["price"], bucket["currency"]),
        )
        for bucket in buckets
        for option in bucket["top_ups"]
    ]


@get("/self-care/{tenant:str}/add-ons")
async def list_add_ons(page: NamedDependency[Page]) -> Response[Any]:
    """What the line has, and what it may have besides."""
    return page.render(TEMPLATE, **await _needs(page))


async def _again(page: Page, form: Form, problem: Problem) -> Response[Any]:
    return page.refused(TEMPLATE, form.refused(problem), **await _needs(page))


@post("/self-care/{tenant:str}/add-ons", status_code=303)
async def buy_add_on(page: NamedDependency[Page]) -> Response[Any]:
    """It is there at once; the balance pays the price that the reader was told."""
    form = await page.form("add-on")
    own = await own_line(page)
    try:
        await page.api.post(f"{own.path}/products", form.body("product", "price"), key=form.key)
    except Problem as problem:
        return await _again(page, form, problem)
    return page.goto(f"{base_of(page)}/add-ons", "add-on-bought")


@post("/self-care/{tenant:str}/add-ons/{instance_id:uuid}/cancellation", status_code=303)
async def cancel_add_on(page: NamedDependency[Page], instance_id: FromPath[UUID]) -> Response[Any]:
    """It ends at once."""
    form = await page.form("cancel")
    own = await own_line(page)
    try:
        await page.api.delete(f"{own.path}/products/{instance_id}")
    except Problem as problem:
        return await _again(page, form, problem)
    return page.goto(f"{base_of(page)}/add-ons", "add-on-cancelled")


@post("/self-care/{tenant:str}/add-ons/packs", status_code=303)
async def buy_pack(page: NamedDependency[Page]) -> Response[Any]:
    """The balance pays."""
    form = await page.form("pack")
    own = await own_line(page)
    body = form.body("bucket", "option", also={"pay": "balance"})
    try:
        await page.api.post(f"{own.path}/wallet-top-ups", body, key=form.key)
    except Problem as problem:
        return await _again(page, form, problem)
    return page.goto(f"{base_of(page)}/add-ons", "pack-bought")


ADD_ON_PAGES: Final = [list_add_ons, buy_add_on, cancel_add_on, buy_pack]
