"""The journal rows that wait to be materialised."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from psycopg import AsyncConnection

ROWS_A_SHARD = 2_000
# Payload bytes read at a time, all shards together (every shard gets at least one row).
BYTES_LIMIT = 16 << 20

Row = tuple[int, int, bytes]  # shard, seq, payload

# octet_length() of an uncompressed out-of-line value does not read the value.
BEYOND = """
SELECT j.shard, j.seq, j.payload
FROM unnest(%(shards)s::int4[], %(seqs)s::int8[]) AS w(shard, seq)
CROSS JOIN LATERAL (
  SELECT shard, seq, payload FROM (
    SELECT shard, seq, payload,
           sum(octet_length(payload)) OVER (ORDER BY seq ROWS UNBOUNDED PRECEDING)
             - octet_length(payload) AS before
    FROM (SELECT shard, seq, payload FROM journal
          WHERE shard = w.shard AND seq > w.seq AND seq <= w.seq + %(rows)s
          ORDER BY seq LIMIT %(rows)s) AS next) AS sized
  WHERE before < %(bytes)s) AS j
ORDER BY j.shard, j.seq
"""


class JournalGapError(Exception):
    """Journal rows are missing: materialising on would lose CDRs without a trace."""


@dataclass(frozen=True)
class Watermark:
    """How far a shard has been materialised."""

    shard: int
    seq: int
    balances_seq: int


async def watermarks(connection: AsyncConnection[Any]) -> list[Watermark]:
    """Every shard's watermark."""
    cursor = await connection.execute(
        "SELECT shard, seq, balances_seq FROM materialiser_watermark ORDER BY shard"
    )
    return [Watermark(*row) for row in await cursor.fetchall()]


async def rows_beyond(
    connection: AsyncConnection[Any], seqs: dict[int, int], bytes_limit: int = BYTES_LIMIT
) -> list[Row]:
    """The next journal rows after ``seqs`` (by shard), in the order of shard and seq.

    Raises:
        JournalGapError: a row is missing between the watermark and what follows.
    """
    if not seqs:
        return []
    cursor = connection.cursor(binary=True)
    await cursor.execute(
        BEYOND,
        {
            "shards": list(seqs),
            "seqs": list(seqs.values()),
            "rows": ROWS_A_SHARD,
            "bytes": max(1, bytes_limit // len(seqs)),
        },
    )
    rows: list[Row] = await cursor.fetchall()
    refuse_gaps(rows, seqs)
    return rows


def refuse_gaps(rows: list[Row], seqs: dict[int, int]) -> None:
    """Raise JournalGapError unless each shard's rows follow its watermark without a hole. ``rows``
    are in the order of shard and seq, each once."""
    for shard, (first, last, number) in _ends(rows).items():
        if (first, last) != (seqs[shard] + 1, seqs[shard] + number):
            there = {seq for of, seq, _ in rows if of == shard}
            missing = min(set(range(seqs[shard] + 1, last)) - there)
            raise JournalGapError(f"journal of shard {shard}: row {missing} is missing")


def last_seqs(rows: list[Row]) -> dict[int, int]:
    """The last seq of each shard among ``rows``, which are in the order of shard and seq."""
    return {shard: last for shard, (_, last, _) in _ends(rows).items()}


def _ends(rows: list[Row]) -> dict[int, tuple[int, int, int]]:
    """The first seq of each shard, the last, and the number of its rows. Not row by row: under load
    there are thousands, ten times a second."""
    ends = {}
    start = 0
    while start < len(rows):
        shard = rows[start][0]
        end = bisect_right(rows, shard, lo=start, key=itemgetter(0))
        ends[shard] = (rows[start][1], rows[end - 1][1], end - start)
        start = end
    return ends


async def oldest_waiting(connection: AsyncConnection[Any]) -> datetime | None:
    """When the oldest journal row not yet materialised was written; None when none waits."""
    cursor = await connection.execute(
        "SELECT min(j.written_at) FROM materialiser_watermark w CROSS JOIN LATERAL"
        " (SELECT written_at FROM journal WHERE shard = w.shard AND seq > w.seq"
        "  ORDER BY seq LIMIT 1) AS j"
    )
    row = await cursor.fetchone()
    return row[0] if row else None
