"""What is on sale: the offer of the version in force."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.catalog import store
from openmvno.catalog.errors import CatalogNotPublished
from openmvno.catalog.model import (
    MAIN,
    Bucket,
    CatalogVersion,
    FavouriteTerms,
    Offer,
    Product,
    TopUpOption,
)
from openmvno.money import parse_amount


async def offer_on_sale(connection: AsyncConnection[Any], tenant_id: UUID) -> Offer:
    """What the version in force offers. Until the transaction ends no other is published; what
    those to come lack is not on sale, so the offer holds beyond the instant of a change.

    Raises:
        CatalogNotPublished.
    """
    await store.lock_tenant(connection, tenant_id, exclusive=False)
    versions = await store.versions_from_now(connection, tenant_id)
    if not versions or versions[0].state == "scheduled":
        raise CatalogNotPublished(field=None)
    return offer_of(versions[0], versions[1:])


def offer_of(version: CatalogVersion, coming: Sequence[CatalogVersion]) -> Offer:
    """What a version offers while others are to come, the next one first."""
    partners = frozenset(entry["code"] for entry in version.partners)
    ending: dict[str, CatalogVersion] = {}
    for later in coming:
        partners &= {entry["code"] for entry in later.partners}
        kept = {(product["code"], product["kind"]) for product in later.products}
        for product in version.products:
            if (product["code"], product["kind"]) not in kept:
                ending.setdefault(product["code"], later)
    return Offer(
        version.number,
        version.currency,
        {product.code: product for product in products_of(version)},
        {entry["code"]: _bucket(entry) for entry in version.buckets},
        partners,
        ending,
    )


async def product_on_sale(
    connection: AsyncConnection[Any], tenant_id: UUID, code: str, field: str = "product"
) -> Product:
    """A main product of the version in force, held in force until the transaction ends.

    Raises:
        CatalogNotPublished; ProductUnknown, ProductKindMismatch, ProductEnding: naming ``field``.
    """
    return (await offer_on_sale(connection, tenant_id)).product(code, MAIN, field)


def products_of(version: CatalogVersion) -> list[Product]:
    """The products of a version."""
    return [_product(entry, version.currency) for entry in version.products]


def _product(entry: dict[str, Any], currency: str) -> Product:
    favourites = entry["favourites"]
    return Product(
        code=entry["code"],
        name=entry["name"],
        kind=entry["kind"],
        precedence=entry["precedence"],
        overrun=entry["overrun"],
        currency=currency,
        rate_tables=entry["rate_tables"],
        requires=entry["requires"],
        excludes=entry["excludes"],
        multiple=entry["multiple"],
        favourites=None
        if favourites is None
        else FavouriteTerms(favourites["limit"], favourites.get("patterns") or []),
        # Versions that were kept before add-ons had prices have none.
        price_micros=parse_amount(entry.get("price", "0")),
    )


def _bucket(entry: dict[str, Any]) -> Bucket:
    is_money = entry["unit"] == "money"
    options = [
        TopUpOption(
            option["code"],
            parse_amount(option["price"]),
            parse_amount(option["amount"]) if is_money else int(option["amount"]),
            int(option["days"]),
        )
        for option in entry["top_ups"]
    ]
    return Bucket(entry["code"], entry["name"], entry["unit"], entry["shared"], options)
