"""Drafting, publishing and retiring catalogue versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit
from openmvno.actor import Actor
from openmvno.catalog import in_use, store
from openmvno.catalog.errors import (
    CatalogCurrencyMismatch,
    CatalogNotPublished,
    CatalogStateConflict,
    CatalogVersionNotFound,
    PartnerInUse,
    ProductInUse,
)
from openmvno.catalog.model import (
    ADDON,
    MAIN,
    Bucket,
    CatalogVersion,
    Document,
    FavouriteTerms,
    Offer,
    Product,
    TopUpOption,
)
from openmvno.charging import CommandPlace, activate_catalog, insert_commands, shard_count
from openmvno.money import parse_amount


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying a document did: the version, and the commands the engine has yet to follow."""

    version: CatalogVersion
    commands: list[CommandPlace]
    unchanged: bool = False


async def draft(
    connection: AsyncConnection[Any], actor: Actor, document: Document, note: str
) -> CatalogVersion:
    """Keep a checked document as a new draft version.

    Raises:
        CatalogCurrencyMismatch: it is not in the tenant's currency.
    """
    currency = await store.lock_tenant(connection, actor.tenant_id, exclusive=True)
    if document.currency != currency:
        raise CatalogCurrencyMismatch(
            f"The document is in {document.currency}, the tenant's accounts are in {currency}.",
            field="currency",
        )
    version = await store.insert_version(connection, actor.tenant_id, document, note)
    await _record(connection, actor, "catalog.drafted", version, None)
    return version


async def publish(connection: AsyncConnection[Any], actor: Actor, number: int) -> Applied:
    """Put a draft in force: one command to every shard; the version before is retired.

    Raises:
        CatalogVersionNotFound, CatalogStateConflict, ProductInUse, PartnerInUse.
    """
    tenant_id = actor.tenant_id
    await store.lock_tenant(connection, tenant_id, exclusive=True)
    version = await find_version(connection, tenant_id, number)
    if version.state != "draft":
        raise CatalogStateConflict(
            f"Version {number} is {version.state}; only drafts are published. Send the document"
            " again to make a new version of it."
        )
    await _refuse_what_is_missing(connection, tenant_id, version)
    current = await store.published_version(connection, tenant_id)
    if current is not None:
        await store.set_state(connection, tenant_id, current.id, "retired")
    await store.set_state(connection, tenant_id, version.id, "published")
    shards = await shard_count(connection)
    places = await insert_commands(
        connection, [activate_catalog(tenant_id, version.id, shard) for shard in range(shards)]
    )
    published = await find_version(connection, tenant_id, number)
    await _record(connection, actor, "catalog.published", published, "draft")
    return Applied(published, places)


async def _refuse_what_is_missing(
    connection: AsyncConnection[Any], tenant_id: UUID, version: CatalogVersion
) -> None:
    offered: dict[str, set[str]] = {MAIN: set(), ADDON: set()}
    for product in version.products:
        offered[product["kind"]].add(product["code"])
    missing = await in_use.main_products(connection, tenant_id) - offered[MAIN]
    missing |= await in_use.missing_addons(connection, tenant_id, offered[ADDON])
    if missing:
        raise ProductInUse(
            f"Live lines use {', '.join(sorted(missing))}, which version {version.number} does not"
            " have.",
            field="products",
            extra={"products": sorted(missing)},
        )
    partners = {partner["code"] for partner in version.partners}
    missing = await in_use.partners(connection, tenant_id) - partners
    if missing:
        raise PartnerInUse(
            f"Accounts lie under {', '.join(sorted(missing))}, which version {version.number} does"
            " not have.",
            field="partners",
            extra={"partners": sorted(missing)},
        )


async def retire(connection: AsyncConnection[Any], actor: Actor, number: int) -> CatalogVersion:
    """Give a draft up.

    Raises:
        CatalogVersionNotFound; CatalogStateConflict: it is in force or retired already.
    """
    await store.lock_tenant(connection, actor.tenant_id, exclusive=True)
    version = await find_version(connection, actor.tenant_id, number)
    if version.state != "draft":
        raise CatalogStateConflict(
            f"Version {number} is {version.state}. The version in force is retired by publishing"
            " another."
        )
    await store.set_state(connection, actor.tenant_id, version.id, "retired")
    retired = await find_version(connection, actor.tenant_id, number)
    await _record(connection, actor, "catalog.retired", retired, "draft")
    return retired


async def apply_document(
    connection: AsyncConnection[Any], actor: Actor, document: Document, note: str
) -> Applied:
    """Draft and publish a document, unless exactly this document is in force already."""
    await store.lock_tenant(connection, actor.tenant_id, exclusive=True)
    current = await store.published_version(connection, actor.tenant_id)
    if current is not None and current.digest == document.digest:
        return Applied(current, [], unchanged=True)
    version = await draft(connection, actor, document, note)
    return await publish(connection, actor, version.number)


async def find_version(
    connection: AsyncConnection[Any], tenant_id: UUID, number: int
) -> CatalogVersion:
    """A version of the tenant.

    Raises:
        CatalogVersionNotFound: there is none with this number.
    """
    version = await store.version_by_number(connection, tenant_id, number)
    if version is None:
        raise CatalogVersionNotFound(f"There is no catalogue version {number}.")
    return version


async def current_version(connection: AsyncConnection[Any], tenant_id: UUID) -> CatalogVersion:
    """The version in force.

    Raises:
        CatalogNotPublished: there is none yet.
    """
    version = await store.published_version(connection, tenant_id)
    if version is None:
        raise CatalogNotPublished("Publish a catalogue first (openmvno catalog apply FILE).")
    return version


async def offer_on_sale(connection: AsyncConnection[Any], tenant_id: UUID) -> Offer:
    """What the version in force offers, held in force until the transaction ends.

    Raises:
        CatalogNotPublished.
    """
    await store.lock_tenant(connection, tenant_id, exclusive=False)
    version = await current_version(connection, tenant_id)
    return Offer(
        version.number,
        version.currency,
        {product.code: product for product in products_of(version)},
        {entry["code"]: _bucket(entry) for entry in version.buckets},
        frozenset(entry["code"] for entry in version.partners),
    )


async def product_on_sale(
    connection: AsyncConnection[Any], tenant_id: UUID, code: str, field: str = "product"
) -> Product:
    """A main product of the version in force, held in force until the transaction ends.

    Raises:
        CatalogNotPublished; ProductUnknown, ProductKindMismatch: naming ``field``.
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


async def _record(
    connection: AsyncConnection[Any],
    actor: Actor,
    action: str,
    version: CatalogVersion,
    before: str | None,
) -> None:
    await audit.record(
        connection,
        actor,
        action,
        "catalog_version",
        version.number,
        before=None if before is None else {"state": before},
        after={"state": version.state, "digest": version.digest.hex(), "note": version.note},
    )
