"""The customer that a page is about."""

from __future__ import annotations

from typing import Any, Final

from openmvno.web.pages.page import Page

CUSTOMER: Final = "/staff/customers/{customer_id:uuid}"


def customer_path(page: Page) -> str:
    """The address of the customer's own page."""
    return f"/staff/customers/{page.place('customer_id')}"


def customer_call(page: Page, rest: str = "") -> str:
    """The customer in the API, or what belongs to it."""
    return f"/v1/customers/{page.place('customer_id')}{rest}"


async def of_customer(page: Page) -> dict[str, Any]:
    """What every question about a customer shows.

    Raises:
        Problem: there is none.
    """
    customer = await page.api.get(customer_call(page))
    return {"customer": customer, "about": customer["name"], "back": customer_path(page)}
