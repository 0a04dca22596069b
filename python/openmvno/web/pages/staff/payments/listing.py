"""Payments, and one with every movement of its money."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get
from litestar.di import NamedDependency

from openmvno.web.pages.page import Page


@get("/staff/payments")
async def list_payments(page: NamedDependency[Page]) -> Response[Any]:
    """From the newest on; ``?account=`` of one account, ``?unallocated=yes`` those with money that
    is on no balance."""
    asked = page.request.query_params
    account_id = asked.get("account", "")
    unallocated = asked.get("unallocated", "") == "yes"
    query = {
        "account": account_id or None,
        "unallocated": unallocated or None,
        "cursor": asked.get("cursor"),
    }
    listed = await page.api.get("/v1/payments", query=query)
    own = f"/staff/payments?account={account_id}" if account_id else "/staff/payments"
    if unallocated:
        own += f"{'&' if account_id else '?'}unallocated=yes"
    return page.render(
        "staff/payments/listing.html",
        payments=listed,
        account_id=account_id,
        unallocated=unallocated,
        own=own,
    )


@get("/staff/payments/{payment_id:uuid}")
async def show_payment(page: NamedDependency[Page]) -> Response[Any]:
    """One payment."""
    payment = await page.api.get(f"/v1/payments/{page.place('payment_id')}")
    customer = None
    if payment["account_id"]:
        account = await page.unless_refused(page.api.get(f"/v1/accounts/{payment['account_id']}"))
        if account:
            customer = await page.api.get(f"/v1/customers/{account['customer_id']}")
    return page.render(
        "staff/payments/payment.html",
        payment=payment,
        customer=customer,
        back=f"/staff/payments/{payment['id']}",
    )


LISTING_PAGES: Final = [list_payments, show_payment]
