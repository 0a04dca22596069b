"""Buckets as bars: how much of each is left, in the words of its unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from openmvno.web.pages.page import Page

LOW: Final = Decimal("0.1")
"""The share of a bucket below which it is shown to be nearly empty."""


@dataclass(frozen=True, slots=True)
class BucketBar:
    """A bucket as a bar. ``left`` and ``whole`` are for the eye, in the bucket's own unit."""

    name: str
    left: float
    whole: float
    text: str
    tone: str
    is_shared: bool
    expires_at: str | None
    reserved: str


async def live_money(page: Page, account_id: str, buckets_path: str) -> dict[str, Any]:
    """Balance and buckets as the engine holds them now; None where it does not say."""
    balance, buckets, on_sale = await page.together(
        page.if_live(page.api.get(f"/v1/accounts/{account_id}/balance")),
        page.if_live(page.api.get(buckets_path)),
        page.on_sale(page.api.get("/v1/buckets")),
    )
    names = {each["code"]: each["name"] for each in on_sale}
    bars = None if buckets is None else bars_of(page, buckets, balance, names)
    return {"balance": balance, "bars": bars}


def bars_of(
    page: Page, buckets: list[Any], balance: Any, names: Mapping[str, str]
) -> list[BucketBar]:
    """The buckets of the engine's answer, those that end first at the top."""
    currency = balance["currency"] if balance else page.user.tenant_currency
    ordered = sorted(buckets, key=lambda each: (each["expires_at"] or "9999", each["id"]))
    return [_bar(page, bucket, currency, names) for bucket in ordered]


def _bar(page: Page, bucket: Any, currency: str, names: Mapping[str, str]) -> BucketBar:
    left, whole = Decimal(bucket["remaining"]), Decimal(bucket["initial"])

    def written(amount: str) -> str:
        if bucket["unit"] == "money":
            return page.formats.money(amount, currency)
        return page.formats.units(int(Decimal(amount)), bucket["unit"])

    text = page.gettext(
        "%(left)s of %(whole)s left",
        left=written(bucket["remaining"]),
        whole=written(bucket["initial"]),
    )
    tone = "out" if left <= 0 else "low" if whole and left / whole < LOW else ""
    reserved = written(bucket["reserved"]) if Decimal(bucket["reserved"]) else ""
    return BucketBar(
        names.get(bucket["code"], bucket["code"]),
        float(left),
        float(whole),
        text,
        tone,
        bucket["line_id"] is None,
        bucket["expires_at"],
        reserved,
    )
