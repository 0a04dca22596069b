"""The account that a page is about."""

from __future__ import annotations

from typing import Any, Final

from openmvno.web.pages.page import Page

ACCOUNT: Final = "/staff/accounts/{account_id:uuid}"


def account_path(page: Page) -> str:
    """The address of the account's own page."""
    return f"/staff/accounts/{page.place('account_id')}"


def account_call(page: Page, rest: str = "") -> str:
    """The account in the API, or what belongs to it."""
    return f"/v1/accounts/{page.place('account_id')}{rest}"


async def of_account(page: Page) -> dict[str, Any]:
    """What every question about an account shows.

    Raises:
        Problem: there is none.
    """
    account = await page.api.get(account_call(page))
    customer = await page.api.get(f"/v1/customers/{account['customer_id']}")
    return {
        "account": account,
        "customer": customer,
        "about": page.gettext("Account of %(name)s", name=customer["name"]),
        "back": account_path(page),
    }
