"""What the operator sells, by its names."""

from __future__ import annotations

from typing import Any

from openmvno.web.pages.page import Page


async def products_on_sale(page: Page) -> list[dict[str, Any]]:
    """The products of the catalogue in force; none where there is no catalogue."""
    found: list[dict[str, Any]] = await page.api.get("/v1/products")
    return found


async def product_names(page: Page) -> dict[str, str]:
    """What products are called."""
    return {product["code"]: product["name"] for product in await products_on_sale(page)}


async def buckets_on_sale(page: Page) -> list[dict[str, Any]]:
    """Allowances and wallets, with what tops them up."""
    found: list[dict[str, Any]] = await page.unless_refused(page.api.get("/v1/buckets"), [])
    return found


async def bucket_names(page: Page) -> dict[str, str]:
    """What buckets are called."""
    return {bucket["code"]: bucket["name"] for bucket in await buckets_on_sale(page)}


async def service_units(page: Page) -> dict[str, str]:
    """What each service's usage is counted in."""
    services = await page.unless_refused(page.api.get("/v1/services"), [])
    return {service["code"]: service["unit"] for service in services}
