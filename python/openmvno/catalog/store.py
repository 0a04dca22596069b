"""Table ``catalog_version``."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from openmvno.catalog.model import CatalogVersion, Document, Subscription

_COLUMNS = (
    "id, number, state, currency, products, digest, note, created_at, published_at, retired_at"
)


_LINES_A_QUERY: Final = 50_000


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
        " (tenant_id, number, state, currency, products, document, digest, note)"
        " SELECT %(tenant)s, coalesce(max(number), 0) + 1, 'draft', %(currency)s, %(products)s,"
        " %(document)s, %(digest)s, %(note)s FROM catalog_version WHERE tenant_id = %(tenant)s"
        f" RETURNING {_COLUMNS}",
        {
            "tenant": tenant_id,
            "currency": document.currency,
            "products": Jsonb(document.products),
            "document": document.text.decode(),
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


async def set_state(
    connection: AsyncConnection[Any], tenant_id: UUID, version_id: int, state: str
) -> None:
    """Move a version on; the time of the move is kept."""
    column = "published_at" if state == "published" else "retired_at"
    await connection.execute(
        f"UPDATE catalog_version SET state = %s, {column} = now() WHERE tenant_id = %s AND id = %s",
        (state, tenant_id, version_id),
    )


async def products_of_live_lines(connection: AsyncConnection[Any], tenant_id: UUID) -> set[str]:
    """Products that lines which are not closed use (a loose index scan)."""
    cursor = await connection.execute(
        "WITH RECURSIVE used AS ("
        " (SELECT min(product) AS product FROM subscriber_line"
        "  WHERE tenant_id = %(tenant)s AND status <> 'closed')"
        " UNION ALL SELECT (SELECT min(product) FROM subscriber_line WHERE tenant_id = %(tenant)s"
        "  AND status <> 'closed' AND product > used.product) FROM used"
        "  WHERE used.product IS NOT NULL)"
        " SELECT product FROM used WHERE product IS NOT NULL",
        {"tenant": tenant_id},
    )
    return {row[0] for row in await cursor.fetchall()}


async def live_lines_by_product(
    connection: AsyncConnection[Any], tenant_id: UUID
) -> dict[str, int]:
    """How many lines that are not closed each product has."""
    cursor = await connection.execute(
        "SELECT product, count(*) FROM subscriber_line WHERE tenant_id = %s AND status <> 'closed'"
        " GROUP BY product",
        (tenant_id,),
    )
    return dict(await cursor.fetchall())


async def subscriptions(
    connection: AsyncConnection[Any], tenant_id: UUID, lines: Collection[UUID]
) -> dict[UUID, Subscription]:
    """What the given lines have now, closed ones included."""
    found: dict[UUID, Subscription] = {}
    wanted = list(lines)
    for start in range(0, len(wanted), _LINES_A_QUERY):
        cursor = await connection.execute(
            "SELECT line_id, msisdn, product FROM subscriber_line"
            " WHERE tenant_id = %s AND line_id = ANY(%s)",
            (tenant_id, wanted[start : start + _LINES_A_QUERY]),
        )
        for line, msisdn, product in await cursor.fetchall():
            found[line] = Subscription(msisdn, product, ())
    return found
