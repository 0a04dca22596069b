"""One voucher by its serial number, and the redemptions of all."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get
from litestar.di import NamedDependency

from openmvno.client import Problem
from openmvno.web.pages.page import Page


@get("/staff/vouchers/find")
async def find_voucher(page: NamedDependency[Page]) -> Response[Any]:
    """To the voucher with a serial number."""
    serial = page.request.query_params.get("serial", "").strip()
    if not (serial.isascii() and serial.isdigit() and len(serial) <= 18):
        raise Problem(404, {"code": "voucher_not_found"})
    return page.goto(f"/staff/vouchers/{int(serial)}")


@get("/staff/vouchers/{serial:int}")
async def show_voucher(page: NamedDependency[Page]) -> Response[Any]:
    """What is known of a voucher; its PIN never is."""
    voucher = await page.api.get(f"/v1/vouchers/{page.place('serial')}")
    batch = await page.api.get(f"/v1/voucher-batches/{voucher['batch_id']}")
    return page.render("staff/vouchers/voucher.html", voucher=voucher, batch=batch)


@get("/staff/vouchers/redemptions")
async def list_redemptions(page: NamedDependency[Page]) -> Response[Any]:
    """From the newest on; ``?account=`` of one account."""
    account_id = page.request.query_params.get("account", "")
    query = {"account": account_id or None, "cursor": page.request.query_params.get("cursor")}
    found = await page.api.get("/v1/voucher-redemptions", query=query)
    own = "/staff/vouchers/redemptions" + (f"?account={account_id}" if account_id else "")
    return page.render("staff/vouchers/redemptions.html", redemptions=found, own=own)


SINGLE_PAGES: Final = [find_voucher, show_voucher, list_redemptions]
