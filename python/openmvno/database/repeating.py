"""Work that a process does again and again, through times in which PostgreSQL is away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import psycopg
from psycopg_pool import PoolTimeout

log = logging.getLogger(__name__)


async def repeat(
    work: Callable[[], Awaitable[object]], seconds: float, stop: asyncio.Event, trouble: str
) -> None:
    """Do ``work``, with a pause of so many seconds after each time, until ``stop`` is set.

    ``work`` that answers True has more to do, and is done again at once. What the database or the
    system refuses is logged after ``trouble`` ("transfers wait for PostgreSQL") and tried again
    after the pause; any other error is a fault of ours, and ends it.
    """
    while not stop.is_set():
        try:
            if await work() is True:
                continue
        except (psycopg.Error, OSError, PoolTimeout) as error:
            log.warning("%s: %s", trouble, str(error).strip())
        try:
            await asyncio.wait_for(stop.wait(), seconds)
        except TimeoutError:
            continue
