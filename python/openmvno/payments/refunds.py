"""Giving money back: first the balance gives it, then the provider pays it out.

A refund is written with the command that takes the money off the balance. Only once the engine has
done that is the provider asked, under the refund's own key; if it will not pay, the money goes back
on the balance. Whoever finds a refund on its way carries it on.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import statistics
from openmvno.actor import Actor
from openmvno.charging import CommandPlace, waits_for
from openmvno.customers import find_account
from openmvno.database import OpenConnection
from openmvno.database.rows import fetch_all, fetch_one, fetch_written, insert_row
from openmvno.identifiers import new_id
from openmvno.money import format_amount, minor_units
from openmvno.payments import booking
from openmvno.payments.errors import PaymentStateConflict, RefundTooMuch
from openmvno.payments.model import Payment, Provider, Refund
from openmvno.payments.provider_settings import find_provider, opened
from openmvno.payments.providers import KINDS, ProviderDeclined
from openmvno.provisioning import Sealer

_COLUMNS: Final = (
    "refund_id, payment_id, account_id, amount_micros, reason, state, failure, created_at"
)


async def begin(
    connection: AsyncConnection[Any], actor: Actor, payment: Payment, micros: int, reason: str
) -> tuple[UUID, list[CommandPlace]]:
    """Write down that ``micros`` of a locked payment go back; what is unallocated goes first.

    Returns the refund's id and the command that takes the rest off the balance.

    Raises:
        PaymentStateConflict, RefundTooMuch, AmountNotPayable.
    """
    if payment.state != "received":
        raise PaymentStateConflict(
            f"The payment is {payment.state}; no money came.",
            field="payment_id",
            accepted="a payment that is received",
        )
    minor_units(micros, payment.currency)
    on_its_way = await on_its_way_micros(connection, actor.tenant_id, payment.payment_id)
    left = payment.refundable_micros - on_its_way
    if micros > left:
        raise RefundTooMuch(
            "The payment has less left.",
            field="amount",
            accepted=f"at most {format_amount(left, payment.currency)} {payment.currency}",
        )
    refund_id = new_id()
    # What other refunds have taken off balances already is theirs.
    free = max(0, payment.unallocated_micros - on_its_way)
    withdrawn = max(0, micros - free)
    places: list[CommandPlace] = []
    if withdrawn:
        assert payment.account_id is not None
        places.append(
            await booking.take_back(
                connection,
                actor,
                payment,
                "withdrawal",
                payment.account_id,
                withdrawn,
                refund_id,
            )
        )
    waiting: dict[str, int] = waits_for(places[0]) if places else {}
    await insert_row(
        connection,
        "payment_refund",
        {
            "tenant_id": actor.tenant_id,
            "refund_id": refund_id,
            "payment_id": payment.payment_id,
            "account_id": payment.account_id if withdrawn else None,
            "amount_micros": micros,
            "reason": reason,
            "state": "withdrawing" if places else "paying",
            **waiting,
        },
    )
    return refund_id, places


async def carry_on(
    open_connection: OpenConnection,
    sealer: Sealer,
    actor: Actor,
    refund_id: UUID,
    outcome: dict[str, Any] | None,
) -> list[CommandPlace]:
    """Bring a refund as far as it goes now. ``outcome``: the engine's answer to its command, where
    the caller has it before the table.

    Raises:
        ProviderUnavailable: it is carried on later.
    """
    async with open_connection() as connection:
        refund = await _leave_withdrawing(connection, actor.tenant_id, refund_id, outcome)
        if refund.state != "paying":
            return []
        payment = await booking.locked_payment(connection, actor.tenant_id, refund.payment_id)
        provider = await find_provider(connection, actor.tenant_id, payment.provider)
    assert provider is not None
    try:
        ref = await _pay_out(sealer, actor.tenant_id, provider, payment, refund)
    except ProviderDeclined as error:
        return await _undo(
            open_connection, actor, refund, str(error.extra.get("decline_code") or "declined")
        )
    async with open_connection() as connection:
        payment = await booking.locked_payment(connection, actor.tenant_id, refund.payment_id)
        current = await refund_by_id(connection, actor.tenant_id, refund_id)
        assert current is not None
        if current.state != "paying":
            return []  # another was quicker; the provider knows the refund's key and paid once
        await booking.move(
            connection,
            actor,
            payment,
            "payout",
            refund.amount_micros,
            refund_id=refund_id,
            provider_ref=ref,
        )
        await _set_state(connection, actor.tenant_id, refund_id, "paid")
    return []


async def _leave_withdrawing(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    refund_id: UUID,
    outcome: dict[str, Any] | None,
) -> Refund:
    refund = await fetch_one(
        connection,
        Refund,
        f"SELECT {_COLUMNS} FROM payment_refund WHERE tenant_id = %s AND refund_id = %s"
        " FOR NO KEY UPDATE",
        (tenant_id, refund_id),
    )
    assert refund is not None
    if refund.state != "withdrawing":
        return refund
    known = outcome or await _outcome(connection, tenant_id, refund_id)
    if known is None:
        return refund
    state = "refused" if "error" in known else "paying"
    failure = str(known["error"]) if "error" in known else None
    return await _set_state(connection, tenant_id, refund_id, state, failure)


async def _pay_out(
    sealer: Sealer, tenant_id: UUID, provider: Provider, payment: Payment, refund: Refund
) -> str:
    """The provider's name of the payout; staff pay out what staff have received."""
    if provider.kind not in KINDS:
        return str(refund.refund_id)
    assert payment.provider_ref is not None
    return await opened(sealer, tenant_id, provider).refund(
        str(refund.refund_id), payment.provider_ref, refund.amount_micros, payment.currency
    )


async def _undo(
    open_connection: OpenConnection, actor: Actor, refund: Refund, failure: str
) -> list[CommandPlace]:
    """The provider will not pay: what was taken off the balance goes back on it."""
    async with open_connection() as connection:
        payment = await booking.locked_payment(connection, actor.tenant_id, refund.payment_id)
        current = await refund_by_id(connection, actor.tenant_id, refund.refund_id)
        assert current is not None
        if current.state != "paying":
            return []  # another was quicker
        await _set_state(connection, actor.tenant_id, refund.refund_id, "failed", failure)
        await statistics.note(connection, actor.tenant_id, "failure", "payment", "refund_failed")
        taken = await _withdrawn(connection, actor.tenant_id, refund.refund_id)
        if current.account_id is None or not taken:
            return []
        account = await find_account(connection, actor.tenant_id, current.account_id)
        return [await booking.allocate(connection, actor, payment, account, taken)]


async def _withdrawn(connection: AsyncConnection[Any], tenant_id: UUID, refund_id: UUID) -> int:
    cursor = await connection.execute(
        "SELECT coalesce(sum(amount_micros), 0)::bigint FROM payment_movement"
        " WHERE tenant_id = %s AND refund_id = %s AND kind = 'withdrawal'",
        (tenant_id, refund_id),
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def _outcome(
    connection: AsyncConnection[Any], tenant_id: UUID, refund_id: UUID
) -> dict[str, Any] | None:
    cursor = await connection.execute(
        "SELECT outcome FROM payment_refund AS refund JOIN engine_command AS command"
        " ON command.shard = refund.shard AND command.seq = refund.command_seq"
        " WHERE refund.tenant_id = %s AND refund_id = %s",
        (tenant_id, refund_id),
    )
    row = await cursor.fetchone()
    return None if row is None else row[0]


async def _set_state(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    refund_id: UUID,
    state: str,
    failure: str | None = None,
) -> Refund:
    return await fetch_written(
        connection,
        Refund,
        "UPDATE payment_refund SET state = %(state)s, failure = %(failure)s, updated_at = now()"
        " WHERE tenant_id = %(tenant)s AND refund_id = %(refund)s"
        f" RETURNING {_COLUMNS}",
        {"state": state, "failure": failure, "tenant": tenant_id, "refund": refund_id},
    )


async def refund_by_id(
    connection: AsyncConnection[Any], tenant_id: UUID, refund_id: UUID
) -> Refund | None:
    """One refund."""
    return await fetch_one(
        connection,
        Refund,
        f"SELECT {_COLUMNS} FROM payment_refund WHERE tenant_id = %s AND refund_id = %s",
        (tenant_id, refund_id),
    )


async def on_its_way_micros(
    connection: AsyncConnection[Any], tenant_id: UUID, payment_id: UUID
) -> int:
    """What refunds of a payment are about to pay out: its unallocated money is theirs first."""
    return sum(
        refund.amount_micros
        for refund in await refunds_of(connection, tenant_id, payment_id)
        if refund.state in ("withdrawing", "paying")
    )


async def refunds_of(
    connection: AsyncConnection[Any], tenant_id: UUID, payment_id: UUID
) -> list[Refund]:
    """The refunds of a payment, the oldest first."""
    return await fetch_all(
        connection,
        Refund,
        f"SELECT {_COLUMNS} FROM payment_refund WHERE tenant_id = %s AND payment_id = %s"
        " ORDER BY refund_id",
        (tenant_id, payment_id),
    )


async def left_open(
    connection: AsyncConnection[Any], seconds: float, limit: int
) -> list[tuple[UUID, UUID]]:
    """(tenant, refund) of refunds nobody has carried on for some time."""
    cursor = await connection.execute(
        "SELECT tenant_id, refund_id FROM payment_refund WHERE state IN ('withdrawing', 'paying')"
        " AND updated_at < now() - make_interval(secs => %s) ORDER BY updated_at LIMIT %s",
        (seconds, limit),
    )
    return await cursor.fetchall()
