"""Money that staff enter by hand: at the cash desk, or from the bank's statement."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.actor import Actor
from openmvno.charging import CommandPlace
from openmvno.customers import Account, find_account
from openmvno.identifiers import new_id
from openmvno.payments import booking
from openmvno.payments import payment_store as store
from openmvno.payments.errors import CurrencyMismatch, PaymentStateConflict, ProviderUnsuitable
from openmvno.payments.model import Payment
from openmvno.payments.provider_settings import usable_provider


async def ask(
    connection: AsyncConnection[Any],
    actor: Actor,
    account: Account,
    provider: str,
    micros: int,
    reference: str,
) -> UUID:
    """Write down that money is expected; its receipts will name the payment.

    Raises:
        ProviderNotFound, ProviderUnsuitable.
    """
    await usable_provider(connection, actor.tenant_id, provider, by_hand=True)
    payment_id = new_id()
    await store.insert_payment(
        connection,
        actor.tenant_id,
        payment_id,
        account_id=account.account_id,
        provider=provider,
        currency=account.currency,
        state="pending",
        asked_micros=micros,
        reference=reference,
    )
    return payment_id


async def enter(
    connection: AsyncConnection[Any],
    actor: Actor,
    *,
    provider: str,
    micros: int,
    fee_micros: int,
    currency: str,
    payment_id: UUID | None,
    account_id: UUID | None,
    reference: str,
) -> tuple[UUID, CommandPlace | None]:
    """Book money that came; the payment's id, and the command that puts it on a balance.

    Of a payment that was asked for at most that goes to the balance; what is over waits
    unallocated, as does what came without a name.

    Raises:
        ProviderNotFound, ProviderUnsuitable, PaymentNotFound, PaymentStateConflict,
        AccountNotFound, CurrencyMismatch.
    """
    await usable_provider(connection, actor.tenant_id, provider, by_hand=True)
    if payment_id is None:
        payment = await _came(connection, actor, provider, currency, account_id, reference)
    else:
        payment = await booking.locked_payment(connection, actor.tenant_id, payment_id)
        _check_goes_with(payment, provider, currency)
    await booking.receive(connection, actor, payment, micros, fee_micros=fee_micros)
    payment = await booking.locked_payment(connection, actor.tenant_id, payment.payment_id)
    return payment.payment_id, await booking.credit_asked(connection, actor, payment)


async def _came(
    connection: AsyncConnection[Any],
    actor: Actor,
    provider: str,
    currency: str,
    account_id: UUID | None,
    reference: str,
) -> Payment:
    if account_id is not None:
        account = await find_account(connection, actor.tenant_id, account_id)
        if account.currency != currency:
            raise CurrencyMismatch(
                f"The account is in {account.currency}, not {currency}.",
                field="currency",
                accepted=account.currency,
            )
    payment_id = new_id()
    await store.insert_payment(
        connection,
        actor.tenant_id,
        payment_id,
        account_id=account_id,
        provider=provider,
        currency=currency,
        state="received",
        reference=reference,
    )
    return await booking.locked_payment(connection, actor.tenant_id, payment_id)


def _check_goes_with(payment: Payment, provider: str, currency: str) -> None:
    if payment.provider != provider:
        raise ProviderUnsuitable(
            f"The payment is through {payment.provider}.",
            field="provider",
            accepted=payment.provider,
        )
    if payment.currency != currency:
        raise CurrencyMismatch(
            f"The payment is in {payment.currency}.", field="currency", accepted=payment.currency
        )
    if payment.state not in ("pending", "received"):
        raise PaymentStateConflict(
            f"The payment is {payment.state}.",
            field="payment_id",
            accepted="a payment that is pending or received",
        )
