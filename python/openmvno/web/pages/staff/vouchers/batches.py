"""Batches of vouchers, and how far each is used up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from litestar import Response, get
from litestar.di import NamedDependency

from openmvno.web.pages.page import Page

STATES: Final = ("redeemed", "active", "generated", "blocked", "expired")
"""In the order in which the picture shows them."""

WIDTH: Final = 640
"""Of the picture of a batch, in its own units."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many of a batch are in a state, and where the picture shows it."""

    state: str
    count: int
    x: float
    width: float


def shares_of(states: dict[str, int]) -> list[Share]:
    """The states of a batch side by side, each as wide as its share."""
    whole = sum(states.values()) or 1
    found = []
    x = 0.0
    for state in STATES:
        count = states.get(state, 0)
        if count:
            width = round(WIDTH * count / whole, 1)
            found.append(Share(state, count, round(x, 1), width))
            x += width
    return found


@get("/staff/vouchers")
async def list_batches(page: NamedDependency[Page]) -> Response[Any]:
    """Batches from the newest on; how far each is, is asked for as it comes into sight."""
    cursor = page.request.query_params.get("cursor")
    batches = await page.api.get("/v1/voucher-batches", query={"limit": 20, "cursor": cursor})
    return page.render("staff/vouchers/listing.html", batches=batches)


@get("/staff/vouchers/batches/{batch_id:uuid}")
async def show_batch(page: NamedDependency[Page]) -> Response[Any]:
    """A batch with its vouchers."""
    batch = await page.api.get(f"/v1/voucher-batches/{page.place('batch_id')}")
    query = {
        "first": int(batch["first_serial"]),
        "last": int(batch["last_serial"]),
        "cursor": page.request.query_params.get("cursor"),
    }
    vouchers = await page.api.get("/v1/vouchers", query=query)
    return page.render(
        "staff/vouchers/batch.html",
        batch=batch,
        shares=shares_of(batch["states"]),
        vouchers=vouchers,
        own=f"/staff/vouchers/batches/{batch['id']}",
    )


@get("/staff/vouchers/batches/{batch_id:uuid}/parts/progress")
async def show_progress(page: NamedDependency[Page]) -> Response[Any]:
    """How far a batch is."""
    batch = await page.api.get(f"/v1/voucher-batches/{page.place('batch_id')}")
    return page.render("staff/vouchers/parts/progress.html", shares=shares_of(batch["states"]))


BATCH_PAGES: Final = [list_batches, show_batch, show_progress]
