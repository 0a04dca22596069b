"""Whether a PostgreSQL that was connected to anew still has the journal that was followed.

A primary that crashed may show rows, once it runs again, that never reached its standby. If that
one then takes over they are gone, and another engine writes others in their places: what a standby
has in memory is then not what the journal says, and nothing would ever tell.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from psycopg import AsyncConnection

Row = tuple[int, int, bytes]  # shard, seq, payload
Mark = tuple[int, bytes]  # seq, SHA-256 of the payload

DIGESTS = (
    "SELECT j.shard, j.seq, sha256(j.payload)"
    " FROM unnest(%s::int4[], %s::int8[]) AS known(shard, seq)"
    " JOIN journal AS j ON j.shard = known.shard AND j.seq = known.seq"
)


class JournalRewound(Exception):
    """The journal does not have, or has other, rows where rows were replayed."""


class Replayed:
    """The last row of each shard that was replayed. If it is there, so is all before it: an owner
    writes a row when the one before is durable."""

    def __init__(self) -> None:
        self._marks: dict[int, Mark] = {}

    def note(self, rows: Iterable[Row]) -> None:
        """These rows were replayed, in order."""
        for shard, seq, payload in {row[0]: row for row in rows}.values():
            self._marks[shard] = (seq, hashlib.sha256(payload).digest())

    async def verify(self, connection: AsyncConnection[Any], known: dict[int, int]) -> None:
        """Compare with what ``connection`` shows; ``known``: how far each shard is known. What was
        known by other means, from recovery or as the shard's owner, is noted as it is found.

        Raises:
            JournalRewound: another row is there, or none.
        """
        cursor = await connection.execute(DIGESTS, (list(known), list(known.values())))
        found = {shard: (seq, digest) for shard, seq, digest in await cursor.fetchall()}
        for shard, seq in known.items():
            mark = self._marks.get(shard)
            if mark is not None and mark[0] == seq and found.get(shard) != mark:
                raise JournalRewound(
                    f"PostgreSQL no longer has row {seq} of shard {shard} as it was followed"
                )
        self._marks |= found
