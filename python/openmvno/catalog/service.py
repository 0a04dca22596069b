"""Drafting, publishing and retiring catalogue versions, and finding the one that counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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
    CatalogTimeInvalid,
    CatalogTimeTaken,
    CatalogVersionNotFound,
    PartnerInUse,
    ProductInUse,
)
from openmvno.catalog.model import ADDON, MAIN, CatalogVersion, Document
from openmvno.charging import (
    CommandPlace,
    activate_catalog,
    insert_commands,
    shard_count,
    withdraw_catalog,
)


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
            accepted=f"a document in {currency}",
        )
    version = await store.insert_version(connection, actor.tenant_id, document, note)
    await _record(connection, actor, "catalog.drafted", version, None)
    return version


async def publish(
    connection: AsyncConnection[Any],
    actor: Actor,
    number: int,
    effective_at: datetime | None = None,
) -> Applied:
    """Put a draft in force, at once or at a later instant: one command to every shard. The version
    before is retired when it comes into force.

    Raises:
        CatalogVersionNotFound, CatalogStateConflict, CatalogTimeInvalid, CatalogTimeTaken,
        ProductInUse, PartnerInUse.
    """
    tenant_id = actor.tenant_id
    await store.lock_tenant(connection, tenant_id, exclusive=True)
    version = await find_version(connection, tenant_id, number)
    if version.state != "draft":
        raise CatalogStateConflict(
            f"Version {number} is {version.state}; only drafts are published.",
            field="number",
            accepted="the number of a draft; the same document sent again is a new one",
        )
    if effective_at is not None:
        effective_at = await _in_time(connection, effective_at)
        await _refuse_taken(connection, tenant_id, effective_at)
    await _refuse_what_is_missing(connection, tenant_id, version)
    await store.publish(connection, tenant_id, version.id, effective_at)
    shards = await shard_count(connection)
    places = await insert_commands(
        connection,
        [activate_catalog(tenant_id, version.id, shard, effective_at) for shard in range(shards)],
    )
    published = await find_version(connection, tenant_id, number)
    await _record(connection, actor, "catalog.published", published, "draft")
    return Applied(published, places)


async def _in_time(connection: AsyncConnection[Any], effective_at: datetime) -> datetime:
    """A time that has not passed, in whole milliseconds as the engine counts."""
    effective_at = effective_at.replace(microsecond=effective_at.microsecond // 1000 * 1000)
    now = await store.clock(connection)
    if effective_at < now:
        raise CatalogTimeInvalid(
            f"{effective_at.isoformat()} has passed.",
            field="effective_at",
            accepted=f"a time after {now.isoformat(timespec='seconds')}, which is now, or none to"
            " put the version in force at once",
        )
    return effective_at


async def _refuse_taken(
    connection: AsyncConnection[Any], tenant_id: UUID, effective_at: datetime
) -> None:
    other = await store.version_in_force(connection, tenant_id, effective_at)
    if other is not None and other.effective_at == effective_at:
        raise CatalogTimeTaken(
            f"Version {other.number} comes into force at {effective_at.isoformat()}.",
            field="effective_at",
            extra={"version": other.number},
        )


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


async def retire(connection: AsyncConnection[Any], actor: Actor, number: int) -> Applied:
    """Give up a draft, or withdraw a version before its time has come.

    Raises:
        CatalogVersionNotFound; CatalogStateConflict: it is in force or retired already.
    """
    tenant_id = actor.tenant_id
    await store.lock_tenant(connection, tenant_id, exclusive=True)
    version = await find_version(connection, tenant_id, number)
    if version.state not in ("draft", "scheduled"):
        raise CatalogStateConflict(
            f"Version {number} is {version.state}.",
            field="number",
            accepted="a draft or a scheduled version; the one in force is retired by publishing"
            " another",
        )
    await store.retire(connection, tenant_id, version.id)
    places: list[CommandPlace] = []
    if version.state == "scheduled":
        shards = await shard_count(connection)
        places = await insert_commands(
            connection, [withdraw_catalog(tenant_id, version.id, shard) for shard in range(shards)]
        )
    retired = await find_version(connection, tenant_id, number)
    await _record(connection, actor, "catalog.retired", retired, version.state)
    return Applied(retired, places)


async def apply_document(
    connection: AsyncConnection[Any],
    actor: Actor,
    document: Document,
    note: str,
    effective_at: datetime | None = None,
) -> Applied:
    """Draft and publish a document, unless exactly this document is in force then already.

    Raises:
        CatalogCurrencyMismatch, CatalogTimeInvalid, CatalogTimeTaken, ProductInUse, PartnerInUse.
    """
    await store.lock_tenant(connection, actor.tenant_id, exclusive=True)
    if effective_at is not None:
        effective_at = await _in_time(connection, effective_at)
    current = await store.version_in_force(connection, actor.tenant_id, effective_at)
    if current is not None and current.digest == document.digest:
        return Applied(current, [], unchanged=True)
    version = await draft(connection, actor, document, note)
    return await publish(connection, actor, version.number, effective_at)


async def find_version(
    connection: AsyncConnection[Any], tenant_id: UUID, number: int, field: str = "number"
) -> CatalogVersion:
    """A version of the tenant; ``field``: which one of the request names it.

    Raises:
        CatalogVersionNotFound: there is none with this number.
    """
    version = await store.version_by_number(connection, tenant_id, number)
    if version is None:
        raise CatalogVersionNotFound(f"There is no catalogue version {number}.", field=field)
    return version


async def current_version(
    connection: AsyncConnection[Any], tenant_id: UUID, at: datetime | None = None
) -> CatalogVersion:
    """The version in force, or the one that will be at a later instant.

    Raises:
        CatalogNotPublished: there is none yet.
    """
    version = await store.version_in_force(connection, tenant_id, at)
    if version is None:
        raise CatalogNotPublished(field=None)
    return version


async def version_replaced_by(
    connection: AsyncConnection[Any], tenant_id: UUID, version: CatalogVersion
) -> CatalogVersion:
    """The version that ``version`` takes over from or, unless it is scheduled, would now.

    Raises:
        CatalogNotPublished: there is none.
    """
    if version.state != "scheduled" or version.effective_at is None:
        return await current_version(connection, tenant_id)
    before = await store.version_before(connection, tenant_id, version.effective_at)
    if before is None:
        raise CatalogNotPublished(
            f"Version {version.number} is the first one.",
            field="number",
            accepted="a version that takes over from another",
        )
    return before


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
        after={
            "state": version.state,
            "effective_at": version.effective_at and version.effective_at.isoformat(),
            "digest": version.digest.hex(),
            "note": version.note,
        },
    )
