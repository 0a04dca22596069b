"""The work process carries on changes of payer that wait for sessions to end, or that a request or
a process that died left halfway."""

from __future__ import annotations

import asyncio
from typing import Final

from openmvno.actor import Actor
from openmvno.database import Pool, repeat
from openmvno.identifiers import new_id
from openmvno.payer_changes import service, store

PERIOD_SECONDS: Final = 1.0
ROWS_A_LOOK: Final = 100


async def run(pool: Pool, stop: asyncio.Event) -> None:
    """Carry on until ``stop`` is set."""
    await repeat(lambda: look(pool), PERIOD_SECONDS, stop, "changes of payer wait for PostgreSQL")


async def look(pool: Pool) -> None:
    """Bring each change whose command the engine has answered one step further."""
    async with pool.connection() as connection:
        found = await store.to_carry_on(connection, ROWS_A_LOOK)
    for tenant_id, change_id in found:
        async with pool.connection() as connection:
            actor = Actor(tenant_id, "payer changes", str(new_id()))
            await service.carry_on(connection, actor, change_id, ask_again=True)
