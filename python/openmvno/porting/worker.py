"""The part of `work` that takes the steps of ports whose time has come."""

from __future__ import annotations

import asyncio
import logging
from typing import Final
from uuid import UUID

from openmvno.actor import Actor
from openmvno.database import Pool, repeat
from openmvno.errors import DomainError
from openmvno.porting import service, store
from openmvno.porting.rules import TRY_AGAIN_AFTER

log = logging.getLogger(__name__)

PERIOD_SECONDS: Final = 1.0
PORTS_A_ROUND: Final = 100


async def run(pool: Pool, stop: asyncio.Event) -> None:
    """Take steps until ``stop`` is set."""
    await repeat(lambda: take_steps(pool), PERIOD_SECONDS, stop, "ports wait for PostgreSQL")


async def take_steps(pool: Pool) -> int:
    """Everything that is due, each in a transaction of its own; returns how much there was."""
    async with pool.connection() as connection:
        due = await store.due(connection, PORTS_A_ROUND)
        gone_back = await store.gone_back(connection, PORTS_A_ROUND)
    for tenant_id, port_id in due:
        await _step(pool, tenant_id, port_id)
    for tenant_id, port_id in gone_back:
        async with pool.connection() as connection:
            port = await service.find_port(connection, tenant_id, port_id, lock=True)
            if port.state == "activated":
                await service.give_back(connection, _actor(tenant_id, port_id), port)
    return len(due) + len(gone_back)


async def _step(pool: Pool, tenant_id: UUID, port_id: UUID) -> None:
    actor = _actor(tenant_id, port_id)
    try:
        async with pool.connection() as connection:
            port = await service.find_port(connection, tenant_id, port_id, lock=True)
            if port.state == "scheduled":
                await service.activate(connection, actor, port)
            elif port.state in ("requested", "validated"):
                await service.expire(connection, actor, port)
    except DomainError as error:
        log.warning("a port waits", extra={"port": str(port_id), "reason": error.detail})
        async with pool.connection() as connection:
            port = await service.find_port(connection, tenant_id, port_id, lock=True)
            if port.state == "scheduled" and port.deadline_at is not None:
                later = {"deadline_at": port.deadline_at + TRY_AGAIN_AFTER, "reason": error.code}
                await store.update(connection, tenant_id, port_id, later)


def _actor(tenant_id: UUID, port_id: UUID) -> Actor:
    return Actor(tenant_id, "porting", str(port_id))
