"""Catalogue versions into the core: each is read and compiled once, whoever needs it first.

Versions are immutable and kept while any journal, snapshot or CDR names them.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from uuid import UUID

import psycopg

from openmvno._core import CatalogError, Engine

log = logging.getLogger(__name__)

# Every version an activation may have named, beyond those that are known.
NEW_VERSIONS = (
    "SELECT tenant_id, id, convert_to(document::text, 'UTF8') FROM catalog_version"
    " WHERE state <> 'draft' AND NOT id = ANY(%s) ORDER BY id"
)
VERSION = (
    "SELECT convert_to(document::text, 'UTF8') FROM catalog_version"
    " WHERE tenant_id = %s AND id = %s"
)


class Catalogs:
    """The versions that an engine has, by their ids."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: set[int] = set()

    def load_all(self, connection: psycopg.Connection[Any]) -> int:
        """Load every version; blocks. Returns how many there are.

        Raises:
            CatalogError: a document does not compile.
        """
        with connection.cursor(binary=True) as cursor:
            cursor.execute(NEW_VERSIONS, (list(self._known),))
            for tenant, version, document in cursor:
                self._engine.load_catalog(tenant.bytes, version, document)
                self._known.add(version)
        return len(self._known)

    async def load_new(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """Load every version that is not known yet."""
        cursor = connection.cursor(binary=True)
        await cursor.execute(NEW_VERSIONS, (list(self._known),))
        for tenant, version, document in await cursor.fetchall():
            await self._load(tenant, version, document)

    async def load(
        self, connection: psycopg.AsyncConnection[Any], tenant: UUID, version: int
    ) -> None:
        """Load a version unless it is known. One that is not there stays unknown: the core answers
        its activation with an error."""
        if version in self._known:
            return
        cursor = await connection.execute(VERSION, (tenant, version))
        row = await cursor.fetchone()
        if row is not None:
            await self._load(tenant, version, row[0])

    async def _load(self, tenant: UUID, version: int, document: bytes) -> None:
        try:
            # Compiling takes some hundred milliseconds for a large one: the loop goes on meanwhile.
            await asyncio.to_thread(self._engine.load_catalog, tenant.bytes, version, document)
        except CatalogError:
            log.exception("catalogue version %d does not compile", version)
        self._known.add(version)
