"""Minutes are for looking at what happens now; they go after some days, hours after a year."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from psycopg import AsyncConnection

from openmvno.statistics.model import Step

KEPT: Final = {Step.MINUTE: timedelta(days=3), Step.HOUR: timedelta(days=400)}
"""Days are kept for good: a few dozen rows each."""

ROWS_AT_ONCE: Final = 20_000


async def prune(connection: AsyncConnection[Any]) -> None:
    """Housekeeping: what is too old goes. ``connection`` is in autocommit mode."""
    for step, kept in KEPT.items():
        deleted = ROWS_AT_ONCE
        while deleted == ROWS_AT_ONCE:
            cursor = await connection.execute(
                "DELETE FROM statistic WHERE ctid = ANY(ARRAY(SELECT ctid FROM statistic"
                " WHERE step = %s AND at < now() - %s::interval LIMIT %s))",
                (step, kept, ROWS_AT_ONCE),
            )
            deleted = cursor.rowcount
