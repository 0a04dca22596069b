"""Tables ``sim`` and ``sim_import``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from openmvno.database.copying import copy_rows
from openmvno.database.rows import fetch_all, fetch_one
from openmvno.sims.errors import SimNotAvailable, SimNotFound
from openmvno.sims.model import Sim, SimImport

_IMPORT = "import_id, file_name, loaded, already_known, rejected, report, created_at"


async def insert_sims(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    import_id: UUID,
    cards: Sequence[tuple[str, str]],
) -> set[str]:
    """Insert (ICCID, IMSI) cards that clash with none; returns the ICCIDs inserted."""
    cursor = await connection.execute(
        "INSERT INTO sim (tenant_id, iccid, imsi, state, import_id)"
        " SELECT %s, iccid, imsi, 'available', %s FROM unnest(%s::text[], %s::text[])"
        " AS card (iccid, imsi) ON CONFLICT DO NOTHING RETURNING iccid",
        (tenant_id, import_id, [iccid for iccid, _ in cards], [imsi for _, imsi in cards]),
    )
    return {row[0] for row in await cursor.fetchall()}


async def known_cards(
    connection: AsyncConnection[Any], tenant_id: UUID, iccids: Sequence[str]
) -> dict[str, str]:
    """IMSI by ICCID of the cards that exist."""
    cursor = await connection.execute(
        "SELECT iccid, imsi FROM sim WHERE tenant_id = %s AND iccid = ANY(%s)",
        (tenant_id, list(iccids)),
    )
    return dict(await cursor.fetchall())


async def imsis_in_stock(
    connection: AsyncConnection[Any], tenant_id: UUID, imsis: Sequence[str]
) -> frozenset[str]:
    """Which of the IMSIs are those of cards of the tenant."""
    cursor = await connection.execute(
        "SELECT imsi FROM sim WHERE tenant_id = %s AND imsi = ANY(%s)", (tenant_id, list(imsis))
    )
    return frozenset(row[0] for row in await cursor.fetchall())


async def insert_import(
    connection: AsyncConnection[Any], tenant_id: UUID, result: SimImport, content_key: bytes
) -> None:
    """Keep what became of a file."""
    await connection.execute(
        f"INSERT INTO sim_import (tenant_id, content_key, {_IMPORT})"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            tenant_id,
            content_key,
            result.import_id,
            result.file_name,
            result.loaded,
            result.already_known,
            result.rejected,
            Jsonb(result.report),
            result.created_at,
        ),
    )


async def find_import(
    connection: AsyncConnection[Any], tenant_id: UUID, import_id: UUID
) -> SimImport | None:
    """What became of a file."""
    return await fetch_one(
        connection,
        SimImport,
        f"SELECT {_IMPORT} FROM sim_import WHERE tenant_id = %s AND import_id = %s",
        (tenant_id, import_id),
    )


async def take(
    connection: AsyncConnection[Any], tenant_id: UUID, iccid: str | None, line_id: UUID
) -> tuple[str, str]:
    """Give the card ``iccid``, or the first available one, to a line; returns (ICCID, IMSI).

    Raises:
        SimNotFound, SimNotAvailable.
    """
    cursor = await connection.execute(
        "UPDATE sim SET state = 'in_use', line_id = %(line)s, updated_at = now()"
        " WHERE tenant_id = %(tenant)s AND iccid = ("
        "  SELECT iccid FROM sim WHERE tenant_id = %(tenant)s AND state = 'available'"
        "  AND (%(iccid)s::text IS NULL OR iccid = %(iccid)s)"
        "  ORDER BY iccid LIMIT 1 FOR UPDATE SKIP LOCKED)"
        " RETURNING iccid, imsi",
        {"tenant": tenant_id, "iccid": iccid, "line": line_id},
    )
    row = await cursor.fetchone()
    if row is not None:
        return str(row[0]), str(row[1])
    if iccid is None:
        raise SimNotAvailable("No SIM card of the inventory is available.", field="iccid")
    cursor = await connection.execute(
        "SELECT state FROM sim WHERE tenant_id = %s AND iccid = %s", (tenant_id, iccid)
    )
    known = await cursor.fetchone()
    if known is None:
        raise SimNotFound(f"The inventory has no SIM card {iccid[:30]}.", field="iccid")
    state = "being taken" if known[0] == "available" else known[0]
    raise SimNotAvailable(f"The SIM card {iccid} is {state}.", field="iccid")


async def retire(connection: AsyncConnection[Any], tenant_id: UUID, line_id: UUID) -> None:
    """Dispose of the card of a closed line."""
    await connection.execute(
        "UPDATE sim SET state = 'disposed', updated_at = now()"
        " WHERE tenant_id = %s AND line_id = %s",
        (tenant_id, line_id),
    )


async def list_sims(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    *,
    state: str | None,
    after: str | None,
    limit: int,
) -> list[Sim]:
    """Cards by ICCID."""
    return await fetch_all(
        connection,
        Sim,
        "SELECT iccid, imsi, state, line_id, import_id, updated_at FROM sim"
        " WHERE tenant_id = %(tenant)s AND (%(state)s::text IS NULL OR state = %(state)s)"
        " AND (%(after)s::text IS NULL OR iccid > %(after)s) ORDER BY iccid LIMIT %(limit)s",
        {"tenant": tenant_id, "state": state, "after": after, "limit": limit},
    )


async def copy_in_use(
    connection: AsyncConnection[Any], tenant_id: UUID, rows: Iterable[tuple[str, str, UUID]]
) -> None:
    """Load new cards already in use, as (ICCID, IMSI, line)."""
    await copy_rows(
        connection,
        "sim",
        ("tenant_id", "iccid", "imsi", "state", "line_id"),
        ((tenant_id, iccid, imsi, "in_use", line_id) for iccid, imsi, line_id in rows),
    )
