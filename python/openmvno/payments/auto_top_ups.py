"""Automatic top-ups: the engine tells of a low balance, a saved method pays.

Each low balance the engine tells of is written down once, in the transaction that keeps its event,
and starts at most one payment. A day has a limit, whatever the engine tells.
"""

from __future__ import annotations

import logging
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit
from openmvno.actor import Actor
from openmvno.customers import Account
from openmvno.database.rows import fetch_one, fetch_written
from openmvno.events import ARRIVED
from openmvno.money import format_amount, minor_units
from openmvno.payments import cards, methods
from openmvno.payments.errors import AutoTopUpInvalid, PaymentMethodNotFound, ProviderUnsuitable
from openmvno.payments.model import AutoTopUp

log = logging.getLogger(__name__)

_COLUMNS: Final = (
    "account_id, method_id, threshold_micros, amount_micros, daily_limit_micros, enabled, version"
)


async def note_low_balances(connection: AsyncConnection[Any]) -> None:
    """Write down which of the events of this transaction start a top-up. For the materialiser."""
    await connection.execute(
        "INSERT INTO auto_top_up_run (tenant_id, event_id, account_id)"
        f" SELECT tenant_id, event_id, account_id FROM {ARRIVED}"
        " JOIN auto_top_up USING (tenant_id, account_id)"
        " WHERE kind = 'low_balance' AND enabled ON CONFLICT DO NOTHING"
    )


async def set_auto_top_up(
    connection: AsyncConnection[Any], actor: Actor, account: Account, wanted: AutoTopUp
) -> AutoTopUp:
    """Create or replace an account's automatic top-up; the caller has the engine warn below the
    threshold.

    Raises:
        AutoTopUpInvalid, AmountNotPayable, PaymentMethodNotFound.
    """
    minor_units(wanted.amount_micros, account.currency)
    if wanted.daily_limit_micros < wanted.amount_micros:
        raise AutoTopUpInvalid(
            "One top-up is more than a day's limit.",
            field="daily_limit",
            accepted="at least the amount of one top-up",
        )
    await methods.find_method(connection, actor.tenant_id, account.account_id, wanted.method_id)
    before = await auto_top_up_of(connection, actor.tenant_id, account.account_id)
    kept = await fetch_written(
        connection,
        AutoTopUp,
        "INSERT INTO auto_top_up (tenant_id, account_id, method_id, threshold_micros,"
        " amount_micros, daily_limit_micros, enabled) VALUES (%s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (tenant_id, account_id) DO UPDATE SET method_id = excluded.method_id,"
        " threshold_micros = excluded.threshold_micros, amount_micros = excluded.amount_micros,"
        " daily_limit_micros = excluded.daily_limit_micros, enabled = excluded.enabled,"
        f" version = auto_top_up.version + 1, updated_at = now() RETURNING {_COLUMNS}",
        (
            actor.tenant_id,
            account.account_id,
            wanted.method_id,
            wanted.threshold_micros,
            wanted.amount_micros,
            wanted.daily_limit_micros,
            wanted.enabled,
        ),
    )
    await audit.record(
        connection,
        actor,
        "auto_top_up.set",
        "account",
        account.account_id,
        before=None if before is None else _audited(before, account.currency),
        after=_audited(kept, account.currency),
    )
    return kept


async def auto_top_up_of(
    connection: AsyncConnection[Any], tenant_id: UUID, account_id: UUID
) -> AutoTopUp | None:
    """An account's automatic top-up."""
    return await fetch_one(
        connection,
        AutoTopUp,
        f"SELECT {_COLUMNS} FROM auto_top_up WHERE tenant_id = %s AND account_id = %s",
        (tenant_id, account_id),
    )


async def next_due(connection: AsyncConnection[Any]) -> tuple[UUID, UUID, UUID] | None:
    """(tenant, event, account) of the low balance that has waited longest, locked."""
    cursor = await connection.execute(
        "SELECT tenant_id, event_id, account_id FROM auto_top_up_run WHERE state = 'due'"
        " ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED"
    )
    return await cursor.fetchone()


async def start(
    connection: AsyncConnection[Any], actor: Actor, event_id: UUID, account_id: UUID
) -> UUID | None:
    """Write down the payment of a low balance whose row is locked; None where it starts none, and
    the row says why."""
    payment_id, reason = None, None
    terms = await auto_top_up_of(connection, actor.tenant_id, account_id)
    if terms is None or not terms.enabled:
        reason = "switched_off"
    elif await _is_over_limit(connection, actor.tenant_id, terms):
        reason = "daily_limit"
    elif await _is_under_way(connection, actor.tenant_id, account_id):
        reason = "under_way"
    else:
        try:
            payment_id = await cards.begin(
                connection,
                actor,
                account_id,
                terms.method_id,
                terms.amount_micros,
                f"automatic top-up {event_id}",
            )
        except (PaymentMethodNotFound, ProviderUnsuitable) as error:
            reason = error.code
    await connection.execute(
        "UPDATE auto_top_up_run SET state = %s, reason = %s, payment_id = %s"
        " WHERE tenant_id = %s AND event_id = %s",
        (
            "skipped" if payment_id is None else "started",
            reason,
            payment_id,
            actor.tenant_id,
            event_id,
        ),
    )
    return payment_id


async def _is_over_limit(
    connection: AsyncConnection[Any], tenant_id: UUID, terms: AutoTopUp
) -> bool:
    """Whether another one would be more than a day of the tenant may bring, failed ones aside."""
    cursor = await connection.execute(
        "SELECT coalesce(sum(asked_micros), 0)::bigint + %s > %s"
        " FROM auto_top_up_run AS run JOIN payment USING (tenant_id, payment_id)"
        " JOIN tenant USING (tenant_id)"
        " WHERE run.tenant_id = %s AND run.account_id = %s"
        " AND payment.state NOT IN ('failed', 'cancelled')"
        " AND payment.created_at >="
        " date_trunc('day', now() AT TIME ZONE tenant.time_zone) AT TIME ZONE tenant.time_zone",
        (terms.amount_micros, terms.daily_limit_micros, tenant_id, terms.account_id),
    )
    row = await cursor.fetchone()
    assert row is not None
    return bool(row[0])


async def _is_under_way(
    connection: AsyncConnection[Any], tenant_id: UUID, account_id: UUID
) -> bool:
    """Whether the last one has not come to an end: its money will lift the balance."""
    cursor = await connection.execute(
        "SELECT FROM auto_top_up_run AS run JOIN payment USING (tenant_id, payment_id)"
        " WHERE run.tenant_id = %s AND run.account_id = %s AND payment.state = 'pending'",
        (tenant_id, account_id),
    )
    return cursor.rowcount > 0


def _audited(terms: AutoTopUp, currency: str) -> dict[str, Any]:
    return {
        "method": str(terms.method_id),
        "threshold": format_amount(terms.threshold_micros, currency),
        "amount": format_amount(terms.amount_micros, currency),
        "daily_limit": format_amount(terms.daily_limit_micros, currency),
        "enabled": terms.enabled,
    }
