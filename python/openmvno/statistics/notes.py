"""What no journal tells of: written down where it happens, counted by the materialiser."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.identifiers import new_id
from openmvno.statistics import rollup

MOST_AT_ONCE: Final = 10_000

_TAKE: Final = """
WITH taken AS (
    DELETE FROM statistic_note WHERE (tenant_id, note_id) IN (
        SELECT tenant_id, note_id FROM statistic_note ORDER BY note_id LIMIT %s)
    RETURNING *)
INSERT INTO arrived_sum (tenant_id, at, measure, kind, detail, currency, events, usage,
                         amount_micros)
SELECT tenant_id, date_trunc('minute', at), measure, kind, detail, currency, sum(events), 0,
       sum(amount_micros)
FROM taken GROUP BY 1, 2, 3, 4, 5, 6
"""


async def note(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    measure: str,
    kind: str,
    detail: str = "",
    *,
    events: int = 1,
    currency: str = "",
    amount_micros: int = 0,
) -> None:
    """Have something counted, once the caller's transaction commits (:class:`Measure`)."""
    await connection.execute(
        "INSERT INTO statistic_note"
        " (tenant_id, note_id, measure, kind, detail, currency, events, amount_micros)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (tenant_id, new_id(), measure, kind, detail[:100], currency, events, amount_micros),
    )


async def count_notes(connection: AsyncConnection[Any]) -> bool:
    """Count what was noted, in one transaction; whether there may be more. ``connection`` is in
    autocommit mode, its session prepared."""
    async with connection.transaction():
        cursor = await connection.execute(_TAKE, (MOST_AT_ONCE,))
        if cursor.rowcount == 0:
            return False
        await rollup.keep(connection)
    return True
