"""What came to the balance and went from it by hand: payments, vouchers, top-ups, transfers."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get
from litestar.di import NamedDependency

from openmvno.web.pages.page import Page
from openmvno.web.pages.self_care.offers import bucket_names, product_names
from openmvno.web.pages.self_care.visit import Own, own_line
from openmvno.web.pages.words import N_

A_PAGE: Final = 25

KINDS: Final = {
    "payments": N_("Cards and cash"),
    "vouchers": N_("Vouchers"),
    "top-ups": N_("Top-ups"),
    "add-ons": N_("Add-ons"),
    "wallets": N_("Packs"),
    "transfers": N_("Transfers"),
}


async def _listing(page: Page, own: Own, kind: str, cursor: str | None) -> Any:
    asked: dict[str, tuple[str, dict[str, Any]]] = {
        "payments": ("/v1/payments", {"account": own.line["account_id"]}),
        "vouchers": ("/v1/voucher-redemptions", {"account": own.line["account_id"]}),
        "top-ups": (f"{own.account}/top-ups", {}),
        "add-ons": (f"{own.path}/products", {}),
        "wallets": (f"{own.path}/wallet-top-ups", {}),
        "transfers": (f"{own.account}/transfers", {}),
    }
    path, query = asked[kind]
    return await page.api.get(path, query={**query, "limit": A_PAGE, "cursor": cursor})


@get("/self-care/{tenant:str}/history")
async def show_history(page: NamedDependency[Page]) -> Response[Any]:
    """One kind at a time, newest first."""
    own = await own_line(page)
    wanted = page.request.query_params.get("kind", "")
    kind = wanted if wanted in KINDS else "payments"
    listing, buckets, products = await page.together(
        _listing(page, own, kind, page.request.query_params.get("cursor")),
        bucket_names(page),
        product_names(page),
    )
    return page.render(
        "self_care/history.html",
        own=own,
        kinds=KINDS,
        kind=kind,
        listing=listing,
        buckets=buckets,
        products=products,
    )


HISTORY_PAGES: Final = [show_history]
