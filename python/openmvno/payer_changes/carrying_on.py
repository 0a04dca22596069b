"""The work process carries on changes of payer that wait for sessions to end, or that a request or
a process that died left halfway."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

import psycopg
from psycopg_pool import PoolTimeout

from openmvno.actor import Actor
from openmvno.database import Pool
from openmvno.identifiers import new_id
from openmvno.payer_changes import service, store

log = logging.getLogger(__name__)

PERIOD_SECONDS: Final = 1.0
ROWS_A_LOOK: Final = 100


async def run(pool: Pool, stop: asyncio.Event) -> None:
    """Carry on until ``stop`` is set."""
    while not stop.is_set():
        try:
            await look(pool)
        except (psycopg.Error, OSError, PoolTimeout) as error:
            log.warning("changes of payer wait for PostgreSQL: %s", str(error).strip())
        try:
            await asyncio.wait_for(stop.wait(), PERIOD_SECONDS)
        except TimeoutError:
            continue


async def look(pool: Pool) -> None:
    """Bring each change whose command the engine has answered one step further."""
    async with pool.connection() as connection:
        found = await store.to_carry_on(connection, ROWS_A_LOOK)
    for tenant_id, change_id in found:
        async with pool.connection() as connection:
            actor = Actor(tenant_id, "payer changes", str(new_id()))
            await service.carry_on(connection, actor, change_id, ask_again=True)
