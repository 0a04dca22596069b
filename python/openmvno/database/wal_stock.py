"""A stock of WAL segments for the embedded PostgreSQL.

A commit that needs a new WAL segment waits until 16 MiB of zeros are on disk, some 50 ms; one that
takes a recycled segment waits for nothing. PostgreSQL recycles after its first checkpoints, so a
new cluster would stumble through its first gigabytes: this makes the segments while nobody waits.
(Creating them without zeros, ``wal_init_zero``, trades the one wait for a slower sync of every
commit in a new segment.)
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from psycopg import AsyncConnection

log = logging.getLogger(__name__)

# So that commits of a system in use get in between.
PAUSE_SECONDS = 0.05

SEGMENTS = """
SELECT count(*), pg_size_bytes(current_setting('wal_segment_size')) FROM pg_ls_waldir()
"""


async def lay_in(
    connection: AsyncConnection[Any], megabytes: int, pause_seconds: float = PAUSE_SECONDS
) -> int:
    """Make segments until there are ``megabytes`` of them; how many were made.

    ``connection`` is a superuser's, in autocommit mode. ``min_wal_size`` must not be smaller, or
    the checkpoint at the end removes them again.
    """
    before, wanted = await _segments(connection, megabytes)
    count = before
    while count < wanted:
        # A switch does nothing in a segment without content, and goes to a spare one if there is.
        await connection.execute("SELECT pg_logical_emit_message(true, 'openmvno', '')")
        await connection.execute("SELECT pg_switch_wal()")
        await asyncio.sleep(pause_seconds)
        count, _ = await _segments(connection, megabytes)
    if count > before:
        # Makes the filled ones spare ones.
        await connection.execute("CHECKPOINT")
        log.info("%d WAL segments laid in", count - before)
    return count - before


async def _segments(connection: AsyncConnection[Any], megabytes: int) -> tuple[int, int]:
    """How many segments there are, and how many make ``megabytes``."""
    cursor = await connection.execute(SEGMENTS)
    row = await cursor.fetchone()
    assert row is not None
    count, size = row
    return int(count), (megabytes << 20) // int(size)
