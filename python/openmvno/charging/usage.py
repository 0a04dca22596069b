"""Real usage of a period, read in batches to be rated again under another catalogue."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg import AsyncConnection

BATCH: Final = 20_000
"""CDRs read, and rated, in one go."""

# Refunds and corrections are about other CDRs; an amount that was debited directly (its usage is
# the amount) has no price that a catalogue could change.
_RATED: Final = (
    "tenant_id = %(tenant)s AND recorded_at >= %(since)s AND recorded_at < %(until)s"
    " AND kind IN ('session', 'event', 'file') AND usage > 0"
    " AND NOT (rate = 'money' AND usage = amount_micros)"
)


@dataclass(frozen=True, slots=True)
class Period:
    """Usage recorded in [since, until)."""

    since: datetime
    until: datetime


class Usage(NamedTuple):
    """One CDR as rating sees it; ``usage`` in the service's unit, ``charged`` in micros."""

    line: bytes
    service: str
    direction: str
    destination: str
    rating_group: int | None
    at: int
    """When it started, Unix milliseconds."""
    usage: int
    charged: int
    inputs: str = ""
    """What else the price depended on, JSON as the CDR has it; empty for nothing."""


async def usage_counts(
    connection: AsyncConnection[Any], tenant_id: UUID, period: Period
) -> dict[bytes, int]:
    """How many CDRs each line (its 16 bytes) has in the period."""
    cursor = connection.cursor(binary=True)
    await cursor.execute(
        f"SELECT uuid_send(line_id), count(*) FROM cdr WHERE {_RATED} GROUP BY line_id",
        _arguments(tenant_id, period),
    )
    return {bytes(line): count for line, count in await cursor.fetchall()}


async def has_more_usage(
    connection: AsyncConnection[Any], tenant_id: UUID, period: Period, limit: int
) -> bool:
    """Whether the period has more than ``limit`` CDRs; reads no more of them than that."""
    cursor = await connection.execute(
        f"SELECT count(*) > %(limit)s FROM (SELECT FROM cdr WHERE {_RATED}"
        " LIMIT %(limit)s + 1) AS found",
        {**_arguments(tenant_id, period), "limit": limit},
    )
    row = await cursor.fetchone()
    return bool(row and row[0])


async def read_usage(
    connection: AsyncConnection[Any], tenant_id: UUID, period: Period, batch: int = BATCH
) -> AsyncIterator[list[Usage]]:
    """The CDRs of the period in the order in which they were recorded, ``batch`` at a time.

    Needs a transaction: rows come through a cursor of the server, so memory holds one batch.
    """
    async with connection.cursor("usage", binary=True) as cursor:
        await cursor.execute(
            "SELECT uuid_send(line_id), service, direction, destination, rating_group,"
            " (extract(epoch FROM started_at) * 1000)::bigint, usage, amount_micros,"
            " CASE WHEN inputs = '{}' THEN '' ELSE inputs::text END"
            f" FROM cdr WHERE {_RATED} ORDER BY cdr_id",
            _arguments(tenant_id, period),
        )
        while rows := await cursor.fetchmany(batch):
            yield [Usage(*row) for row in rows]


def _arguments(tenant_id: UUID, period: Period) -> dict[str, object]:
    return {"tenant": tenant_id, "since": period.since, "until": period.until}
