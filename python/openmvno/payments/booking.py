"""Movements of a payment's money: received, allocated, taken back. The payment's row is locked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit, ledger, statistics
from openmvno.actor import Actor
from openmvno.charging import CommandPlace, adjust_balance, insert_commands
from openmvno.customers import Account, find_account
from openmvno.identifiers import new_id
from openmvno.money import format_amount
from openmvno.payments import payment_store as store
from openmvno.payments.errors import PaymentNotFound, UnallocatedTooLittle
from openmvno.payments.ledgers import legs_of
from openmvno.payments.model import Movement, Payment
from openmvno.payments.service import top_up_account


async def locked_payment(
    connection: AsyncConnection[Any], tenant_id: UUID, payment_id: UUID
) -> Payment:
    """A payment with its sums, kept from changing until the transaction ends.

    Raises:
        PaymentNotFound.
    """
    if await store.lock_payment(connection, tenant_id, payment_id):
        payment = await store.payment_by_id(connection, tenant_id, payment_id)
        assert payment is not None
        return payment
    raise PaymentNotFound(f"There is no payment {payment_id}.", field="payment_id")


async def receive(
    connection: AsyncConnection[Any],
    actor: Actor,
    payment: Payment,
    micros: int,
    *,
    fee_micros: int = 0,
    provider_ref: str | None = None,
) -> bool:
    """Book money that came, and what the provider kept of it; False where it was booked before."""
    if not await _book(connection, actor, payment, "receipt", micros, provider_ref=provider_ref):
        return False
    if fee_micros:
        await _book(connection, actor, payment, "fee", fee_micros, provider_ref=provider_ref)
    await store.set_state(connection, actor.tenant_id, payment.payment_id, "received")
    return True


async def allocate(
    connection: AsyncConnection[Any],
    actor: Actor,
    payment: Payment,
    account: Account,
    micros: int,
    *,
    kept: int = 0,
) -> CommandPlace:
    """Put money of a payment on a balance, except what is ``kept`` for refunds under way.

    Raises:
        UnallocatedTooLittle.
    """
    free = max(0, payment.unallocated_micros - kept)
    if micros > free:
        left = format_amount(free, payment.currency)
        raise UnallocatedTooLittle(
            "The payment has less that is on no balance.",
            field="amount",
            accepted=f"at most {left} {payment.currency}",
        )
    reference = f"payment {payment.payment_id}"
    top_up, place = await top_up_account(connection, actor, account, micros, reference)
    await _book(
        connection,
        actor,
        payment,
        "allocation",
        micros,
        movement_id=top_up.top_up_id,
        account_id=account.account_id,
        place=place,
    )
    await store.set_account(connection, actor.tenant_id, payment.payment_id, account.account_id)
    return place


async def take_back(
    connection: AsyncConnection[Any],
    actor: Actor,
    payment: Payment,
    kind: str,
    account_id: UUID,
    micros: int,
    refund_id: UUID | None = None,
) -> CommandPlace:
    """Take money off a balance again (``kind``: withdrawal, recovery). The engine refuses where
    the balance is too small; then it did not happen."""
    movement_id = new_id()
    command = adjust_balance(actor.tenant_id, account_id, -micros, "adjustment", movement_id)
    [place] = await insert_commands(connection, [command])
    await _book(
        connection,
        actor,
        payment,
        kind,
        micros,
        movement_id=movement_id,
        account_id=account_id,
        refund_id=refund_id,
        place=place,
    )
    return place


async def move(
    connection: AsyncConnection[Any],
    actor: Actor,
    payment: Payment,
    kind: str,
    micros: int,
    *,
    refund_id: UUID | None = None,
    provider_ref: str | None = None,
) -> bool:
    """Book a movement that is no balance's (payout, chargeback, chargeback_won); False where the
    provider's name of it is booked already."""
    return await _book(
        connection,
        actor,
        payment,
        kind,
        micros,
        refund_id=refund_id,
        provider_ref=provider_ref,
    )


async def book_restitution(
    connection: AsyncConnection[Any],
    actor: Actor,
    payment: Payment,
    micros: int,
    top_up_id: UUID,
    place: CommandPlace,
) -> None:
    """Book that a top-up gave back what a chargeback had taken off the balance."""
    await _book(
        connection,
        actor,
        payment,
        "restitution",
        micros,
        movement_id=top_up_id,
        account_id=payment.account_id,
        place=place,
    )


async def credit_asked(
    connection: AsyncConnection[Any], actor: Actor, payment: Payment
) -> CommandPlace | None:
    """Put what a payment's account is to have on its balance: all, but not more than was asked for.

    What is over waits unallocated, with the account's name on it.
    """
    if payment.account_id is None:
        return None
    micros = payment.unallocated_micros
    if payment.asked_micros is not None:
        standing = payment.allocated_micros - payment.withdrawn_micros
        micros = min(micros, payment.asked_micros - standing)
    if micros <= 0:
        return None
    account = await find_account(connection, actor.tenant_id, payment.account_id)
    return await allocate(connection, actor, payment, account, micros)


async def _book(
    connection: AsyncConnection[Any],
    actor: Actor,
    payment: Payment,
    kind: str,
    micros: int,
    *,
    movement_id: UUID | None = None,
    account_id: UUID | None = None,
    refund_id: UUID | None = None,
    provider_ref: str | None = None,
    place: CommandPlace | None = None,
) -> bool:
    movement = Movement(
        movement_id=movement_id or new_id(),
        payment_id=payment.payment_id,
        kind=kind,
        amount_micros=micros,
        account_id=account_id,
        refund_id=refund_id,
        provider_ref=provider_ref,
        created_at=datetime.now(UTC),
    )
    if not await store.insert_movement(connection, actor.tenant_id, movement, place):
        return False
    await ledger.post(
        connection,
        actor.tenant_id,
        f"payment_{kind}",
        movement.movement_id,
        payment.currency,
        legs_of(kind, payment.provider, micros),
        place,
    )
    if place is None:  # what is a balance's counts once the engine has done it
        await statistics.note(
            connection,
            actor.tenant_id,
            "payment",
            kind,
            payment.provider,
            currency=payment.currency,
            amount_micros=micros,
        )
    await audit.record(
        connection,
        actor,
        f"payment.{kind}",
        "payment",
        payment.payment_id,
        after={
            "movement": str(movement.movement_id),
            "amount": format_amount(micros, payment.currency),
            "currency": payment.currency,
            "account": None if account_id is None else str(account_id),
            "provider_ref": provider_ref,
        },
    )
    return True
