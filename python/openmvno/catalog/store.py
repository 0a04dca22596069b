"""Table ``catalog_version``."""

from __future__ import annotations

from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from openmvno.catalog.model import CatalogVersion, Document
from openmvno.database.rows import fetch_all, fetch_one

# What became of a version, as its time and that of the one after it say.
_VERSIONS = """
SELECT id, number,
    CASE
        WHEN state <> 'published' THEN state
        WHEN effective_at > clock_timestamp() THEN 'scheduled'
        WHEN effective_until <= clock_timestamp() THEN 'retired'
        ELSE 'published'
    END AS state,
    currency, products, buckets, partners, digest, note, created_at, published_at, effective_at,
    effective_until,
    CASE
        WHEN effective_until <= clock_timestamp() THEN effective_until
        ELSE retired_at
    END AS retired_at
FROM catalog_version AS version CROSS JOIN LATERAL (
    SELECT min(effective_at) AS effective_until FROM catalog_version AS later
    WHERE later.tenant_id = version.tenant_id AND later.state = 'published'
        AND later.effective_at > version.effective_at
) AS following
"""


async def lock_tenant(connection: AsyncConnection[Any], tenant_id: UUID, *, exclusive: bool) -> str:
    """Hold the tenant's catalogue still until the transaction ends; returns its currency.

    Shared for those who sell from it, exclusive for those who change it. A product found under
    this lock is known to the engine before the command that uses it.
    """
    strength = "NO KEY UPDATE" if exclusive else "SHARE"
    cursor = await connection.execute(
        f"SELECT currency FROM tenant WHERE tenant_id = %s FOR {strength}", (tenant_id,)
    )
    row = await cursor.fetchone()
    assert row is not None, "an authenticated caller has a tenant"
    return str(row[0])


async def clock(connection: AsyncConnection[Any]) -> datetime:
    """What time it is for versions: the database's clock, which does not stand still in a
    transaction that waited for its lock."""
    cursor = await connection.execute("SELECT clock_timestamp()")
    row = await cursor.fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment


async def insert_version(
    connection: AsyncConnection[Any], tenant_id: UUID, document: Document, note: str
) -> CatalogVersion:
    """A new draft; the tenant must be locked."""
    cursor = await connection.execute(
        "INSERT INTO catalog_version"
        " (tenant_id, number, state, currency, products, buckets, partners, document, digest, note)"
        " SELECT %(tenant)s, coalesce(max(number), 0) + 1, 'draft', %(currency)s, %(products)s,"
        " %(buckets)s, %(partners)s, %(document)s, %(digest)s, %(note)s FROM catalog_version"
        " WHERE tenant_id = %(tenant)s RETURNING number",
        {
            "tenant": tenant_id,
            "currency": document.currency,
            "products": Jsonb(document.products),
            "buckets": Jsonb(document.buckets),
            "partners": Jsonb(document.partners),
            "document": document.text.decode(),
            "digest": document.digest,
            "note": note,
        },
    )
    row = await cursor.fetchone()
    assert row is not None
    version = await version_by_number(connection, tenant_id, row[0])
    assert version is not None
    return version


async def version_by_number(
    connection: AsyncConnection[Any], tenant_id: UUID, number: int
) -> CatalogVersion | None:
    """One version."""
    return await _one(connection, "number = %(number)s", tenant=tenant_id, number=number)


async def version_in_force(
    connection: AsyncConnection[Any], tenant_id: UUID, at: datetime | None = None
) -> CatalogVersion | None:
    """The version in force, or the one that will be at a later instant."""
    return await _one(
        connection,
        "state = 'published'"
        " AND effective_at <= greatest(clock_timestamp(), %(at)s::timestamptz)"
        " ORDER BY effective_at DESC LIMIT 1",
        tenant=tenant_id,
        at=at,
    )


async def version_before(
    connection: AsyncConnection[Any], tenant_id: UUID, instant: datetime
) -> CatalogVersion | None:
    """The version that one which comes into force at ``instant`` takes over from."""
    return await _one(
        connection,
        "state = 'published' AND effective_at < %(instant)s ORDER BY effective_at DESC LIMIT 1",
        tenant=tenant_id,
        instant=instant,
    )


async def versions_from_now(
    connection: AsyncConnection[Any], tenant_id: UUID
) -> list[CatalogVersion]:
    """The version in force, where there is one, and those that are to come, in that order. Read at
    once, so that one which comes into force meanwhile is not missed."""
    return await fetch_all(
        connection,
        CatalogVersion,
        f"{_VERSIONS} WHERE tenant_id = %s AND state = 'published'"
        " AND (effective_until IS NULL OR effective_until > clock_timestamp())"
        " ORDER BY effective_at",
        (tenant_id,),
    )


async def list_versions(
    connection: AsyncConnection[Any], tenant_id: UUID, *, before: int | None, limit: int
) -> list[CatalogVersion]:
    """Versions from the newest on."""
    return await fetch_all(
        connection,
        CatalogVersion,
        f"{_VERSIONS} WHERE tenant_id = %(tenant)s"
        " AND (%(before)s::int IS NULL OR number < %(before)s)"
        " ORDER BY number DESC LIMIT %(limit)s",
        {"tenant": tenant_id, "before": before, "limit": limit},
    )


async def document_of(
    connection: AsyncConnection[Any], tenant_id: UUID, version_id: int
) -> dict[str, Any]:
    """The document of a version."""
    cursor = await connection.execute(
        "SELECT document FROM catalog_version WHERE tenant_id = %s AND id = %s",
        (tenant_id, version_id),
    )
    row = await cursor.fetchone()
    assert row is not None
    document: dict[str, Any] = row[0]
    return document


async def products_and_buckets(
    connection: AsyncConnection[Any], tenant_id: UUID, version_id: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The products and buckets of a version, as its document has them."""
    cursor = await connection.execute(
        "SELECT document->'products', document->'buckets' FROM catalog_version"
        " WHERE tenant_id = %s AND id = %s",
        (tenant_id, version_id),
    )
    row = await cursor.fetchone()
    assert row is not None
    return row[0] or [], row[1] or []


async def services_of(
    connection: AsyncConnection[Any], tenant_id: UUID, version_id: int
) -> list[tuple[str, str]]:
    """Code and unit of every service of a version, in the order of its document."""
    cursor = await connection.execute(
        "SELECT service->>'code', service->>'unit' FROM catalog_version,"
        " json_array_elements(document->'services') AS service"
        " WHERE tenant_id = %s AND id = %s",
        (tenant_id, version_id),
    )
    return [(code, unit) for code, unit in await cursor.fetchall()]


async def text_of(connection: AsyncConnection[Any], tenant_id: UUID, version_id: int) -> bytes:
    """The document of a version as the JSON text it is kept as."""
    cursor = connection.cursor(binary=True)
    await cursor.execute(
        "SELECT convert_to(document::text, 'UTF8') FROM catalog_version"
        " WHERE tenant_id = %s AND id = %s",
        (tenant_id, version_id),
    )
    row = await cursor.fetchone()
    assert row is not None
    return bytes(row[0])


async def publish(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    version_id: int,
    effective_at: datetime | None,
) -> None:
    """A draft comes into force: now unless at another instant."""
    await connection.execute(
        "UPDATE catalog_version SET state = 'published', published_at = clock_timestamp(),"
        " effective_at = coalesce(%s, clock_timestamp()) WHERE tenant_id = %s AND id = %s",
        (effective_at, tenant_id, version_id),
    )


async def retire(connection: AsyncConnection[Any], tenant_id: UUID, version_id: int) -> None:
    """A version is never to come into force."""
    await connection.execute(
        "UPDATE catalog_version SET state = 'retired', retired_at = clock_timestamp(),"
        " effective_at = NULL WHERE tenant_id = %s AND id = %s",
        (tenant_id, version_id),
    )


async def _one(
    connection: AsyncConnection[Any], condition: LiteralString, **values: object
) -> CatalogVersion | None:
    query = f"{_VERSIONS} WHERE tenant_id = %(tenant)s AND {condition}"
    return await fetch_one(connection, CatalogVersion, query, values)
