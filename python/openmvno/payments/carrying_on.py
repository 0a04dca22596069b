"""The work process carries on what a request, a process that died or a provider left unfinished."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import Final
from uuid import UUID

from openmvno.actor import Actor
from openmvno.database import Pool, repeat
from openmvno.errors import DomainError
from openmvno.identifiers import new_id
from openmvno.payments import auto_top_ups, cards, refunds, setups
from openmvno.payments import payment_store as store
from openmvno.provisioning import Sealer

log = logging.getLogger(__name__)

PERIOD_SECONDS: Final = 1.0

PATIENCE_SECONDS: Final = 30.0
"""What a request has not finished after this time nobody is at work on any more."""

ANSWER_SECONDS: Final = 3600.0
"""How long a payer has to answer its bank."""

ROWS_A_LOOK: Final = 50


async def run(pool: Pool, sealer: Sealer, public_url: str, stop: asyncio.Event) -> None:
    """Carry on until ``stop`` is set. ``public_url``: the setting."""
    await repeat(
        lambda: look(pool, sealer, public_url),
        PERIOD_SECONDS,
        stop,
        "payments wait for PostgreSQL",
    )


async def look(
    pool: Pool,
    sealer: Sealer,
    public_url: str = "",
    patience: float = PATIENCE_SECONDS,
    answer_seconds: float = ANSWER_SECONDS,
) -> None:
    """Start the automatic top-ups that are due, carry on payments, refunds and setups left
    behind, and end the payments whose payer does not answer."""
    while await _start_one(pool, sealer, public_url):
        pass
    async with pool.connection() as connection:
        payments = await store.left_pending(connection, patience, ROWS_A_LOOK)
        unanswered = await store.left_unanswered(connection, patience, answer_seconds, ROWS_A_LOOK)
        returns = await refunds.left_open(connection, patience, ROWS_A_LOOK)
        left_setups = await setups.left_open(connection, patience, ROWS_A_LOOK)
    for tenant_id, payment_id in payments:
        await _carry_on_payment(pool, sealer, public_url, tenant_id, payment_id)
    for tenant_id, payment_id, is_late in unanswered:
        if is_late:
            work = cards.give_up(pool.connection, sealer, worker(tenant_id), payment_id, "failed")
            await _unless_refused(work, f"payment {payment_id}")
        else:
            await _carry_on_payment(pool, sealer, public_url, tenant_id, payment_id)
    for tenant_id, refund_id in returns:
        back = refunds.carry_on(pool.connection, sealer, worker(tenant_id), refund_id, None)
        await _unless_refused(back, f"refund {refund_id}")
    for tenant_id, setup_id in left_setups:
        end = setups.complete(pool.connection, sealer, worker(tenant_id), setup_id)
        await _unless_refused(end, f"setup {setup_id}")


def worker(tenant_id: UUID) -> Actor:
    """On whose behalf the work process acts."""
    return Actor(tenant_id, "payments", str(new_id()))


async def _start_one(pool: Pool, sealer: Sealer, public_url: str) -> bool:
    async with pool.connection() as connection:
        due = await auto_top_ups.next_due(connection)
        if due is None:
            return False
        tenant_id, event_id, account_id = due
        payment_id = await auto_top_ups.start(connection, worker(tenant_id), event_id, account_id)
    if payment_id is not None:
        await _carry_on_payment(pool, sealer, public_url, tenant_id, payment_id)
    return True


async def _carry_on_payment(
    pool: Pool, sealer: Sealer, public_url: str, tenant_id: UUID, payment_id: UUID
) -> None:
    work = cards.carry_on(pool.connection, sealer, public_url, worker(tenant_id), payment_id)
    await _unless_refused(work, f"payment {payment_id}")


async def _unless_refused(work: Awaitable[object], what: str) -> None:
    try:
        await work
    except DomainError as error:
        log.warning("%s waits: %s", what, error.detail)
