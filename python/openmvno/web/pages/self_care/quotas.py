"""What is left of allowances and wallets, as bars."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from openmvno.web.pages.page import Page

LOW: Final = Decimal("0.1")
"""The share below which a quota is shown to be nearly used up."""


@dataclass(frozen=True, slots=True)
class Quota:
    """A bucket as a bar. ``left`` and ``whole`` are for the eye, in the bucket's own unit."""

    name: str
    left: float
    whole: float
    text: str
    tone: str
    is_shared: bool
    expires_at: str | None


def quotas_of(page: Page, buckets: list[Any], names: dict[str, str], currency: str) -> list[Quota]:
    """The buckets of the engine's answer, those that end first at the top; a wallet that nothing
    has been put into yet is among the packs on offer instead."""
    filled = [bucket for bucket in buckets if Decimal(bucket["initial"])]
    ordered = sorted(filled, key=lambda each: (each["expires_at"] or "9999", each["id"]))
    return [_quota(page, bucket, names, currency) for bucket in ordered]


def _quota(page: Page, bucket: Any, names: dict[str, str], currency: str) -> Quota:
    left, whole = Decimal(bucket["remaining"]), Decimal(bucket["initial"])
    return Quota(
        name=names.get(bucket["code"], bucket["code"]),
        left=float(left),
        whole=float(whole),
        text=page.gettext(
            "%(left)s of %(whole)s left",
            left=amount_of(page, bucket["remaining"], bucket["unit"], currency),
            whole=amount_of(page, bucket["initial"], bucket["unit"], currency),
        ),
        tone="out" if left <= 0 else "low" if left < whole * LOW else "",
        is_shared=bucket["line_id"] is None,
        expires_at=bucket["expires_at"],
    )


def amount_of(page: Page, amount: str, unit: str | None, currency: str) -> str:
    """So much of a bucket's unit, in words."""
    if unit == "money":
        return page.formats.money(amount, currency)
    count = int(Decimal(amount))
    if unit == "second" and count % 60 == 0:
        return page.gettext("%(count)s min", count=page.formats.number(count // 60))
    return page.formats.units(count, unit)
