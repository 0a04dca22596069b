"""Tables ``payment``, ``payment_movement`` and ``payment_event``."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.charging import NOT_REFUSED, CommandPlace, command_of
from openmvno.database.rows import fetch_all, fetch_one, insert_row, newest_first
from openmvno.payments.model import Movement, Payment

# A movement whose command the engine refused did not happen. While it is not known, money counts as
# given to a balance and not as taken from it, so that nothing is spent twice; what a refund has
# taken the refund knows before the table of commands does.
_SUMS: Final = (
    "LEFT JOIN LATERAL (SELECT"
    " coalesce(sum(amount) FILTER (WHERE kind = 'receipt'), 0)::bigint AS received_micros,"
    " coalesce(sum(amount) FILTER (WHERE kind = 'fee'), 0)::bigint AS fee_micros,"
    " coalesce(sum(amount) FILTER (WHERE kind = 'allocation'), 0)::bigint AS allocated_micros,"
    " coalesce(sum(amount) FILTER (WHERE kind = 'withdrawal' AND is_taken), 0)::bigint"
    "  AS withdrawn_micros,"
    " coalesce(sum(amount) FILTER (WHERE kind = 'payout'), 0)::bigint AS refunded_micros,"
    " coalesce(sum(CASE kind WHEN 'chargeback' THEN amount WHEN 'chargeback_won' THEN -amount"
    "  END), 0)::bigint AS charged_back_micros,"
    " coalesce(sum(CASE WHEN kind = 'recovery' AND is_known THEN amount"
    "  WHEN kind = 'restitution' THEN -amount END), 0)::bigint AS recovered_micros,"
    " coalesce(sum(amount) FILTER (WHERE kind = 'offset'), 0)::bigint AS offset_micros"
    " FROM (SELECT kind, payment_movement.amount_micros AS amount,"
    "  refund.state NOT IN ('withdrawing', 'refused') AS is_taken,"
    "  command.outcome IS NOT NULL AS is_known"
    f" FROM payment_movement{command_of('payment_movement')}"
    " LEFT JOIN payment_refund AS refund ON refund.tenant_id = payment_movement.tenant_id"
    "  AND refund.refund_id = payment_movement.refund_id"
    " WHERE payment_movement.tenant_id = payment.tenant_id"
    f" AND payment_movement.payment_id = payment.payment_id AND {NOT_REFUSED}) AS moved"
    ") AS sums ON true"
)
_PAYMENT: Final = (
    "SELECT payment_id, account_id, provider, method_id, currency, asked_micros, state,"
    " provider_ref, client_secret, action_url, failure, reference, created_at, received_micros,"
    " fee_micros, allocated_micros, refunded_micros, withdrawn_micros, charged_back_micros,"
    " recovered_micros, offset_micros"
    f" FROM payment {_SUMS} WHERE payment.tenant_id = %(tenant)s"
)
_MOVEMENT: Final = (
    "SELECT movement_id, payment_id, kind, amount_micros, account_id, refund_id, provider_ref,"
    " payment_movement.created_at, outcome, payment_movement.shard IS NULL AS is_booked"
    f" FROM payment_movement{command_of('payment_movement')}"
    " WHERE payment_movement.tenant_id = %(tenant)s AND payment_id = %(payment)s"
)


async def insert_payment(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    payment_id: UUID,
    *,
    account_id: UUID | None,
    provider: str,
    currency: str,
    state: str,
    asked_micros: int | None = None,
    method_id: UUID | None = None,
    provider_ref: str | None = None,
    reference: str = "",
) -> None:
    """Insert a payment without any movement."""
    await insert_row(
        connection,
        "payment",
        {
            "tenant_id": tenant_id,
            "payment_id": payment_id,
            "account_id": account_id,
            "provider": provider,
            "method_id": method_id,
            "currency": currency,
            "asked_micros": asked_micros,
            "state": state,
            "provider_ref": provider_ref,
            "reference": reference,
        },
    )


async def lock_payment(connection: AsyncConnection[Any], tenant_id: UUID, payment_id: UUID) -> bool:
    """Keep a payment from changing until the transaction ends; whether there is one."""
    cursor = await connection.execute(
        "SELECT FROM payment WHERE tenant_id = %s AND payment_id = %s FOR NO KEY UPDATE",
        (tenant_id, payment_id),
    )
    return cursor.rowcount == 1


async def payment_by_id(
    connection: AsyncConnection[Any], tenant_id: UUID, payment_id: UUID
) -> Payment | None:
    """One payment with its sums."""
    return await fetch_one(
        connection,
        Payment,
        f"{_PAYMENT} AND payment.payment_id = %(payment)s",
        {"tenant": tenant_id, "payment": payment_id},
    )


async def payment_by_ref(
    connection: AsyncConnection[Any], tenant_id: UUID, provider: str, provider_ref: str
) -> Payment | None:
    """The payment that the provider calls so."""
    return await fetch_one(
        connection,
        Payment,
        f"{_PAYMENT} AND payment.provider = %(provider)s AND provider_ref = %(ref)s",
        {"tenant": tenant_id, "provider": provider, "ref": provider_ref},
    )


async def list_payments(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    *,
    account_id: UUID | None,
    unallocated: bool,
    before: UUID | None,
    limit: int,
) -> list[Payment]:
    """Payments from the newest on; ``unallocated``: only those with money on no balance."""
    conditions = "" if account_id is None else " AND payment.account_id = %(account)s"
    if unallocated:
        conditions += (
            " AND received_micros - allocated_micros + withdrawn_micros - refunded_micros"
            " - offset_micros > 0"
        )
    return await fetch_all(
        connection,
        Payment,
        f"{_PAYMENT}{conditions}{newest_first('payment.payment_id')}",
        {"tenant": tenant_id, "account": account_id, "before": before, "limit": limit},
    )


async def set_state(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    payment_id: UUID,
    state: str,
    *,
    client_secret: str | None = None,
    action_url: str | None = None,
    failure: str | None = None,
) -> None:
    """Write a locked payment's state."""
    await connection.execute(
        "UPDATE payment SET state = %s, client_secret = %s, action_url = %s, failure = %s,"
        " updated_at = now() WHERE tenant_id = %s AND payment_id = %s",
        (state, client_secret, action_url, failure, tenant_id, payment_id),
    )


async def begin_attempt(
    connection: AsyncConnection[Any], tenant_id: UUID, payment_id: UUID
) -> None:
    """Note that a payment is carried on now: if nothing comes of it, others are due before it."""
    await connection.execute(
        "UPDATE payment SET updated_at = now() WHERE tenant_id = %s AND payment_id = %s",
        (tenant_id, payment_id),
    )


async def set_account(
    connection: AsyncConnection[Any], tenant_id: UUID, payment_id: UUID, account_id: UUID
) -> None:
    """Note whose a payment is, where nobody knew."""
    await connection.execute(
        "UPDATE payment SET account_id = coalesce(account_id, %s), updated_at = now()"
        " WHERE tenant_id = %s AND payment_id = %s",
        (account_id, tenant_id, payment_id),
    )


async def name_intent(
    connection: AsyncConnection[Any], tenant_id: UUID, payment_id: UUID, provider_ref: str
) -> str:
    """Note what the provider calls a payment, unless that is known; returns the name that holds."""
    cursor = await connection.execute(
        "UPDATE payment SET provider_ref = coalesce(provider_ref, %s), updated_at = now()"
        " WHERE tenant_id = %s AND payment_id = %s RETURNING provider_ref",
        (provider_ref, tenant_id, payment_id),
    )
    row = await cursor.fetchone()
    assert row is not None
    return str(row[0])


async def insert_movement(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    movement: Movement,
    place: CommandPlace | None,
) -> bool:
    """Insert a movement; False where the provider's name of it is there already."""
    shard, seq = place or (None, None)
    cursor = await connection.execute(
        "INSERT INTO payment_movement (tenant_id, movement_id, payment_id, kind, amount_micros,"
        " account_id, refund_id, provider_ref, shard, command_seq)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (
            tenant_id,
            movement.movement_id,
            movement.payment_id,
            movement.kind,
            movement.amount_micros,
            movement.account_id,
            movement.refund_id,
            movement.provider_ref,
            shard,
            seq,
        ),
    )
    return cursor.rowcount == 1


async def movements_of(
    connection: AsyncConnection[Any], tenant_id: UUID, payment_id: UUID
) -> list[Movement]:
    """The movements of a payment, the oldest first."""
    return await fetch_all(
        connection,
        Movement,
        f"{_MOVEMENT} ORDER BY movement_id",
        {"tenant": tenant_id, "payment": payment_id},
    )


async def note_event(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    provider: str,
    event_ref: str,
    kind: str,
    payment_id: UUID | None,
) -> bool:
    """Note an event of a provider; False where it has come before."""
    cursor = await connection.execute(
        "INSERT INTO payment_event (tenant_id, provider, event_ref, kind, payment_id)"
        " VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (tenant_id, provider, event_ref, kind, payment_id),
    )
    return cursor.rowcount == 1


async def left_pending(
    connection: AsyncConnection[Any], seconds: float, limit: int
) -> list[tuple[UUID, UUID]]:
    """(tenant, payment) of card payments nobody has carried on for some time."""
    cursor = await connection.execute(
        "SELECT tenant_id, payment_id FROM payment WHERE state = 'pending'"
        " AND method_id IS NOT NULL AND updated_at < now() - make_interval(secs => %s)"
        " ORDER BY updated_at LIMIT %s",
        (seconds, limit),
    )
    return await cursor.fetchall()


async def left_unanswered(
    connection: AsyncConnection[Any], seconds: float, answer_seconds: float, limit: int
) -> list[tuple[UUID, UUID, bool]]:
    """(tenant, payment, whether ``answer_seconds`` have passed) of payments whose payer has to act,
    and after which nobody has asked for some time."""
    cursor = await connection.execute(
        "SELECT tenant_id, payment_id, created_at < now() - make_interval(secs => %s)"
        " FROM payment WHERE state = 'requires_action'"
        " AND updated_at < now() - make_interval(secs => %s) ORDER BY updated_at LIMIT %s",
        (answer_seconds, seconds, limit),
    )
    return await cursor.fetchall()
