"""Reading table ``statistic``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.database.rows import fetch_all
from openmvno.statistics.model import Statistic, Step


async def sums(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    step: Step,
    since: datetime,
    until: datetime,
    measures: Sequence[str],
) -> list[Statistic]:
    """The sums whose steps begin in [since, until), oldest first."""
    return await fetch_all(
        connection,
        Statistic,
        "SELECT at, measure, kind, detail, currency, events, usage::bigint, amount_micros::bigint"
        " FROM statistic WHERE tenant_id = %s AND step = %s AND at >= %s AND at < %s"
        " AND measure = ANY(%s) ORDER BY at, measure, kind, detail, currency",
        (tenant_id, step, since, until, list(measures)),
    )


async def time_zone(connection: AsyncConnection[Any], tenant_id: UUID) -> str:
    """The tenant's, as its days go."""
    cursor = await connection.execute(
        "SELECT time_zone FROM tenant WHERE tenant_id = %s", (tenant_id,)
    )
    row = await cursor.fetchone()
    return "UTC" if row is None else str(row[0])


async def materialiser_lag(connection: AsyncConnection[Any]) -> float:
    """Seconds that the oldest journal row has waited to be counted; 0 where none waits."""
    cursor = await connection.execute("SELECT materialiser_lag()")
    row = await cursor.fetchone()
    return 0.0 if row is None else float(row[0])
