"""Payers who take their money back through their bank.

The provider has taken it from us already, so the claim is booked first. What is unallocated of the
payment settles it; the rest is taken off the balance, as far as that reaches. What no balance can
give stays on ``chargebacks``: a claim against the payer.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.actor import Actor
from openmvno.charging import CommandPlace, EngineClient, EngineUnavailable, settle
from openmvno.customers import find_account
from openmvno.database import OpenConnection
from openmvno.money import format_amount
from openmvno.payments import booking
from openmvno.payments.errors import RefundTooMuch
from openmvno.payments.model import Payment
from openmvno.payments.service import top_up_account


async def open_claim(
    connection: AsyncConnection[Any], actor: Actor, payment: Payment, micros: int, reference: str
) -> tuple[bool, CommandPlace | None]:
    """Book a chargeback of a locked payment under the provider's name of it; False where it is
    booked. Returns also the command that takes it off the balance.

    Raises:
        RefundTooMuch.
    """
    most = payment.received_micros - payment.charged_back_micros
    if micros > most:
        left = format_amount(most, payment.currency)
        raise RefundTooMuch(
            "The payment has not brought so much.",
            field="amount",
            accepted=f"at most {left} {payment.currency}",
        )
    if not await booking.move(
        connection, actor, payment, "chargeback", micros, provider_ref=reference
    ):
        return False, None
    offset = min(micros, payment.unallocated_micros)
    if offset > 0:
        await booking.move(connection, actor, payment, "offset", offset, provider_ref=reference)
    return True, await _recover(connection, actor, payment, micros - offset)


async def _recover(
    connection: AsyncConnection[Any], actor: Actor, payment: Payment, micros: int
) -> CommandPlace | None:
    if micros <= 0 or payment.account_id is None:
        return None
    return await booking.take_back(
        connection, actor, payment, "recovery", payment.account_id, micros
    )


async def recover_what_is_there(
    open_connection: OpenConnection,
    engine: EngineClient,
    actor: Actor,
    payment_id: UUID,
    place: CommandPlace | None,
) -> None:
    """After the engine refused to take a chargeback off a balance that is too small: take off what
    is there. While the engine is away nothing is done; the claim stays."""
    if place is None:
        return
    [outcome] = await settle(open_connection, engine, [place])
    if outcome is None or "error" not in outcome:
        return
    async with open_connection() as connection:
        payment = await booking.locked_payment(connection, actor.tenant_id, payment_id)
        assert payment.account_id is not None
        try:
            live = await engine.balance(actor.tenant_id, payment.account_id)
        except EngineUnavailable:
            return
        there = max(0, min(live["available"], live["balance"])) if live else 0
        claim = payment.charged_back_micros - payment.offset_micros - payment.recovered_micros
        again = await _recover(connection, actor, payment, min(there, claim))
    if again is not None:
        await settle(open_connection, engine, [again])


async def win(
    connection: AsyncConnection[Any], actor: Actor, payment: Payment, micros: int, reference: str
) -> CommandPlace | None:
    """The bank has decided for us: the money is back, and what was taken off the balance too."""
    won = min(micros, payment.charged_back_micros)
    if won <= 0 or not await booking.move(
        connection, actor, payment, "chargeback_won", won, provider_ref=reference
    ):
        return None
    owed = payment.recovered_micros + payment.offset_micros
    back = min(won, owed)
    if back <= 0 or payment.account_id is None:
        return None
    account = await find_account(connection, actor.tenant_id, payment.account_id)
    top_up, place = await top_up_account(
        connection, actor, account, back, f"payment {payment.payment_id}"
    )
    await booking.book_restitution(connection, actor, payment, back, top_up.top_up_id, place)
    return place
