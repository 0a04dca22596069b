"""What the usage of each service is counted in."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.catalog import store
from openmvno.catalog.model import CatalogVersion

MOST_KEPT: Final = 1_000
"""Versions whose units this process remembers."""

_kept: dict[tuple[UUID, int], dict[str, str]] = {}


async def units_of(
    connection: AsyncConnection[Any], tenant_id: UUID, version: CatalogVersion
) -> dict[str, str]:
    """The unit of every service of a version. A version never changes, and its document may be
    long, so it is read once."""
    key = (tenant_id, version.id)
    known = _kept.get(key)
    if known is None:
        known = dict(await store.services_of(connection, tenant_id, version.id))
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[key] = known
    return known
