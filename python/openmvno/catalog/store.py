"""Table ``catalog_version``."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from openmvno.catalog.model import CatalogVersion, Document

_COLUMNS = (
    "id, number, state, currency, products, buckets, partners, digest, note, created_at,"
    " published_at, retired_at"
)


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


async def insert_version(
    connection: AsyncConnection[Any], tenant_id: UUID, document: Document, note: str
) -> CatalogVersion:
    """A new draft; the tenant must be locked."""
    cursor = connection.cursor(row_factory=class_row(CatalogVersion))
    await cursor.execute(
        "INSERT INTO catalog_version"
        " (tenant_id, number, state, currency, products, buckets, partners, document, digest, note)"
        " SELECT %(tenant)s, coalesce(max(number), 0) + 1, 'draft', %(currency)s, %(products)s,"
        " %(buckets)s, %(partners)s, %(document)s, %(digest)s, %(note)s FROM catalog_version"
        " WHERE tenant_id = %(tenant)s"
        f" RETURNING {_COLUMNS}",
        {
            "tenant": tenant_id,
            "currency": document.currency,
            "products": Jsonb(document.products),
            "buckets": Jsonb(document.buckets),
            "partners": Jsonb(document.partners),
            "document": Jsonb(document.value),
            "digest": document.digest,
            "note": note,
        },
    )
    version = await cursor.fetchone()
    assert version is not None
    return version


async def version_by_number(
    connection: AsyncConnection[Any], tenant_id: UUID, number: int
) -> CatalogVersion | None:
    """One version."""
    cursor = connection.cursor(row_factory=class_row(CatalogVersion))
    await cursor.execute(
        f"SELECT {_COLUMNS} FROM catalog_version WHERE tenant_id = %s AND number = %s",
        (tenant_id, number),
    )
    return await cursor.fetchone()


async def published_version(
    connection: AsyncConnection[Any], tenant_id: UUID
) -> CatalogVersion | None:
    """The version in force."""
    cursor = connection.cursor(row_factory=class_row(CatalogVersion))
    await cursor.execute(
        f"SELECT {_COLUMNS} FROM catalog_version WHERE tenant_id = %s AND state = 'published'",
        (tenant_id,),
    )
    return await cursor.fetchone()


async def list_versions(
    connection: AsyncConnection[Any], tenant_id: UUID, *, before: int | None, limit: int
) -> list[CatalogVersion]:
    """Versions from the newest on."""
    cursor = connection.cursor(row_factory=class_row(CatalogVersion))
    await cursor.execute(
        f"SELECT {_COLUMNS} FROM catalog_version WHERE tenant_id = %(tenant)s"
        " AND (%(before)s::int IS NULL OR number < %(before)s)"
        " ORDER BY number DESC LIMIT %(limit)s",
        {"tenant": tenant_id, "before": before, "limit": limit},
    )
    return await cursor.fetchall()


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


async def set_state(
    connection: AsyncConnection[Any], tenant_id: UUID, version_id: int, state: str
) -> None:
    """Move a version on; the time of the move is kept."""
    column = "published_at" if state == "published" else "retired_at"
    await connection.execute(
        f"UPDATE catalog_version SET state = %s, {column} = now() WHERE tenant_id = %s AND id = %s",
        (state, tenant_id, version_id),
    )
