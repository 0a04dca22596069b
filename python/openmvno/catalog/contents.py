"""What products bring: allowances and wallets, as their buyers read of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.catalog import store
from openmvno.catalog.model import CatalogVersion

MOST_KEPT: Final = 1_000
"""Versions whose contents this process remembers."""


@dataclass(frozen=True, slots=True)
class Content:
    """A bucket that a product brings. ``amount``: in its unit, for money a decimal string.
    ``renew``: never, hour, day, week or month; ``valid_days``: None where it never ends."""

    bucket: str
    name: str
    unit: str
    amount: str
    renew: str
    valid_days: int | None
    shared: bool


Contents = dict[str, list[Content]]
"""By the codes of products."""

_kept: dict[tuple[UUID, int], Contents] = {}


async def contents_of(
    connection: AsyncConnection[Any], tenant_id: UUID, version: CatalogVersion
) -> Contents:
    """What each product of a version brings. A version never changes, and its document may be
    long, so it is read once."""
    key = (tenant_id, version.id)
    known = _kept.get(key)
    if known is None:
        products, buckets = await store.products_and_buckets(connection, tenant_id, version.id)
        known = _contents(products, {bucket["code"]: _content(bucket) for bucket in buckets})
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[key] = known
    return known


def _contents(products: list[dict[str, Any]], contents: dict[str, Content]) -> Contents:
    return {
        product["code"]: [contents[code] for code in product.get("buckets") or []]
        for product in products
    }


def _content(bucket: dict[str, Any]) -> Content:
    return Content(
        bucket["code"],
        bucket.get("name") or bucket["code"],
        bucket["unit"],
        str(bucket.get("amount") or 0),
        bucket.get("renew") or "never",
        bucket.get("valid_days"),
        bucket.get("shared") or False,
    )
