"""The work process carries on what a request, a process that died or a provider left unfinished."""

from __future__ import annotations

import asyncio
import logging
from typing import Final
from uuid import UUID

from openmvno.actor import Actor
from openmvno.database import Pool, repeat
from openmvno.errors import DomainError
from openmvno.identifiers import new_id
from openmvno.payments import auto_top_ups, cards, refunds
from openmvno.payments import payment_store as store
from openmvno.provisioning import Sealer

log = logging.getLogger(__name__)

PERIOD_SECONDS: Final = 1.0

PATIENCE_SECONDS: Final = 30.0
"""What a request has not finished after this time nobody is at work on any more."""

ROWS_A_LOOK: Final = 50


async def run(pool: Pool, sealer: Sealer, stop: asyncio.Event) -> None:
    """Carry on until ``stop`` is set."""
    await repeat(lambda: look(pool, sealer), PERIOD_SECONDS, stop, "payments wait for PostgreSQL")


async def look(pool: Pool, sealer: Sealer, patience: float = PATIENCE_SECONDS) -> None:
    """Start the automatic top-ups that are due, carry on payments and refunds left behind."""
    while await _start_one(pool, sealer):
        pass
    async with pool.connection() as connection:
        payments = await store.left_pending(connection, patience, ROWS_A_LOOK)
        returns = await refunds.left_open(connection, patience, ROWS_A_LOOK)
    for tenant_id, payment_id in payments:
        await _carry_on_payment(pool, sealer, tenant_id, payment_id)
    for tenant_id, refund_id in returns:
        try:
            await refunds.carry_on(pool.connection, sealer, worker(tenant_id), refund_id, None)
        except DomainError as error:
            log.warning("refund %s waits: %s", refund_id, error.detail)


def worker(tenant_id: UUID) -> Actor:
    """On whose behalf the work process acts."""
    return Actor(tenant_id, "payments", str(new_id()))


async def _start_one(pool: Pool, sealer: Sealer) -> bool:
    async with pool.connection() as connection:
        due = await auto_top_ups.next_due(connection)
        if due is None:
            return False
        tenant_id, event_id, account_id = due
        payment_id = await auto_top_ups.start(connection, worker(tenant_id), event_id, account_id)
    if payment_id is not None:
        await _carry_on_payment(pool, sealer, tenant_id, payment_id)
    return True


async def _carry_on_payment(pool: Pool, sealer: Sealer, tenant_id: UUID, payment_id: UUID) -> None:
    try:
        await cards.carry_on(pool.connection, sealer, worker(tenant_id), payment_id)
    except DomainError as error:
        log.warning("payment %s waits: %s", payment_id, error.detail)
