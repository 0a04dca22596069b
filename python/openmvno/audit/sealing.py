"""Entries into the chain, seconds after their commit; the chain to its anchors.

One worker of the installation does it, held to that by a lock, so that no request waits for another
one's hash. An entry can be changed unseen until it is sealed, and by whom passes the append-only
trigger: that is what the chain is for, and these are its seconds.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from openmvno.audit.chain import CONTENT, START, Anchor, Content, link_hash
from openmvno.database import Pool, repeat

log = logging.getLogger(__name__)

PERIOD_SECONDS: Final = 2.0
AT_ONCE: Final = 2_000
ANCHOR_EVERY: Final = timedelta(hours=1)
SEAL_LOCK: Final = int.from_bytes(b"AuditSea", "big")

_WAITING: Final = "SELECT DISTINCT tenant_id FROM audit_unsealed"
_UNSEALED: Final = (
    f"SELECT {CONTENT} FROM audit_unsealed u JOIN audit_entry e USING (tenant_id, entry_id)"
    " WHERE u.tenant_id = %s ORDER BY u.entry_id LIMIT %s"
)
_HEAD: Final = (
    "SELECT number, hash FROM audit_link WHERE tenant_id = %s ORDER BY number DESC LIMIT 1"
)
_UNANCHORED: Final = """
SELECT t.tenant_id, head.number, head.hash, now()
FROM tenant t
CROSS JOIN LATERAL (SELECT number, hash FROM audit_link l WHERE l.tenant_id = t.tenant_id
                    ORDER BY number DESC LIMIT 1) AS head
LEFT JOIN LATERAL (SELECT number, anchored_at FROM audit_anchor a WHERE a.tenant_id = t.tenant_id
                   ORDER BY number DESC LIMIT 1) AS last ON true
WHERE last.number IS NULL OR (last.number < head.number AND last.anchored_at < now() - %s::interval)
"""


async def run(pool: Pool, key: bytes, stop: asyncio.Event) -> None:
    """Seal and anchor until ``stop`` is set. ``key`` signs the anchors."""

    async def seal() -> None:
        while await seal_waiting(pool):
            pass
        await anchor(pool, key)

    await repeat(seal, PERIOD_SECONDS, stop, "audit entries wait to be sealed")


async def seal_waiting(pool: Pool) -> int:
    """Seal what waits, at most ``AT_ONCE`` of each tenant; returns how many were sealed."""
    sealed = 0
    async with pool.connection() as connection:
        if not await _alone(connection):
            return 0
        cursor = await connection.execute(_WAITING)
        for (tenant_id,) in await cursor.fetchall():
            sealed += await _seal(connection, tenant_id)
    return sealed


async def _alone(connection: AsyncConnection[Any]) -> bool:
    cursor = await connection.execute("SELECT pg_try_advisory_xact_lock(%s)", (SEAL_LOCK,))
    row = await cursor.fetchone()
    return row is not None and bool(row[0])


async def _seal(connection: AsyncConnection[Any], tenant_id: UUID) -> int:
    reading = connection.cursor(row_factory=class_row(Content))
    await reading.execute(_UNSEALED, (tenant_id, AT_ONCE))
    entries = await reading.fetchall()
    cursor = await connection.execute(_HEAD, (tenant_id,))
    number, previous = await cursor.fetchone() or (0, START)
    numbers, hashes = [], []
    for entry in entries:
        number, previous = number + 1, link_hash(previous, tenant_id, entry)
        numbers.append(number)
        hashes.append(previous)
    ids = [entry.entry_id for entry in entries]
    await connection.execute(
        "INSERT INTO audit_link (tenant_id, number, entry_id, hash) SELECT %s, number, id, hash"
        " FROM unnest(%s::bigint[], %s::uuid[], %s::bytea[]) AS link (number, id, hash)",
        (tenant_id, numbers, ids, hashes),
    )
    await connection.execute(
        "DELETE FROM audit_unsealed WHERE tenant_id = %s AND entry_id = ANY (%s)", (tenant_id, ids)
    )
    return len(entries)


async def anchor(pool: Pool, key: bytes) -> list[Anchor]:
    """Anchor the chains that grew since an hour; each anchor is logged, too, so that it reaches
    wherever logs are kept."""
    async with pool.connection() as connection:
        if not await _alone(connection):
            return []
        cursor = await connection.execute(_UNANCHORED, (ANCHOR_EVERY,))
        anchors = [Anchor(*row) for row in await cursor.fetchall()]
        for made in anchors:
            await connection.execute(
                "INSERT INTO audit_anchor (tenant_id, number, hash, anchored_at, signature)"
                " VALUES (%s, %s, %s, %s, %s)",
                (
                    made.tenant_id,
                    made.number,
                    made.hash,
                    made.anchored_at,
                    made.signature(key),
                ),
            )
    for made in anchors:
        log.info(
            "audit anchor",
            extra={
                "tenant": str(made.tenant_id),
                "entries": made.number,
                "hash": made.hash.hex(),
            },
        )
    return anchors
