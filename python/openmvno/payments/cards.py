"""Payments by a saved method, carried on step by step so that no step is done twice.

The payment is written first, then made at the provider, its name noted, then confirmed, then
booked. Whoever comes next (the request, a retry of it, the provider's message, the work process)
goes on from where it stands: an intent that has a name is never made again, and what has come is
booked under the provider's name of it, once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit, statistics
from openmvno.actor import Actor
from openmvno.charging import CommandPlace
from openmvno.customers import find_account, find_customer
from openmvno.database import OpenConnection
from openmvno.identifiers import new_id
from openmvno.money import minor_units
from openmvno.payments import booking, methods
from openmvno.payments import payment_store as store
from openmvno.payments.errors import PaymentStateConflict
from openmvno.payments.provider_settings import opened, usable_provider
from openmvno.payments.providers import Intent, ProviderDeclined
from openmvno.payments.returning import back_from_payment
from openmvno.provisioning import Sealer


async def begin(
    connection: AsyncConnection[Any],
    actor: Actor,
    account_id: UUID,
    method_id: UUID,
    micros: int,
    reference: str,
) -> UUID:
    """Write down that a saved method is to pay; :func:`carry_on` does it. Returns the payment's id.

    Raises:
        AccountNotFound, PaymentMethodNotFound, ProviderUnsuitable, AmountNotPayable.
    """
    account = await find_account(connection, actor.tenant_id, account_id)
    minor_units(micros, account.currency)
    method = await methods.find_method(connection, actor.tenant_id, account_id, method_id)
    await usable_provider(connection, actor.tenant_id, method.provider, by_hand=False)
    payment_id = new_id()
    await store.insert_payment(
        connection,
        actor.tenant_id,
        payment_id,
        account_id=account_id,
        provider=method.provider,
        currency=account.currency,
        state="pending",
        asked_micros=micros,
        method_id=method_id,
        reference=reference,
    )
    return payment_id


async def carry_on(
    open_connection: OpenConnection,
    sealer: Sealer,
    public_url: str,
    actor: Actor,
    payment_id: UUID,
) -> CommandPlace | None:
    """Bring a payment as far as it goes now; the command that puts its money on the balance, once
    there is one. ``public_url``: the setting.

    Raises:
        ProviderUnavailable: it stays pending, and is carried on later.
    """
    async with open_connection() as connection:
        payment = await booking.locked_payment(connection, actor.tenant_id, payment_id)
        if payment.state not in ("pending", "requires_action") or payment.method_id is None:
            return None
        await store.begin_attempt(connection, actor.tenant_id, payment_id)
        assert payment.account_id is not None
        provider = await usable_provider(
            connection, actor.tenant_id, payment.provider, by_hand=False
        )
        method = await methods.method_by_id(connection, actor.tenant_id, payment.method_id)
        customer_ref = await methods.customer_ref(
            connection, actor.tenant_id, payment.account_id, payment.provider
        )
        back_url = await back_from_payment(connection, actor.tenant_id, public_url, payment_id)
    assert method is not None
    assert customer_ref is not None
    assert payment.asked_micros is not None
    cards = opened(sealer, actor.tenant_id, provider)
    ref = payment.provider_ref
    try:
        if ref is None:
            made = await cards.create(
                str(payment_id),
                customer_ref,
                method.method_ref,
                payment.asked_micros,
                payment.currency,
                back_url,
            )
            async with open_connection() as connection:
                ref = await store.name_intent(connection, actor.tenant_id, payment_id, made.ref)
        intent = await cards.confirm(ref, back_url)
    except ProviderDeclined as error:
        intent = Intent(ref or "", "failed", failure=error.extra.get("decline_code") or "declined")
    async with open_connection() as connection:
        return await settle(connection, actor, payment_id, intent)


async def settle(
    connection: AsyncConnection[Any], actor: Actor, payment_id: UUID, intent: Intent
) -> CommandPlace | None:
    """Write down what has become of a payment at its provider; money that came goes to the
    balance, whatever was thought before. Done before, it changes nothing."""
    payment = await booking.locked_payment(connection, actor.tenant_id, payment_id)
    is_open = payment.state in ("pending", "requires_action")
    if intent.status == "open" or (not is_open and intent.status != "succeeded"):
        return None
    if intent.status == "succeeded":
        received = await booking.receive(
            connection,
            actor,
            payment,
            intent.received_micros,
            fee_micros=intent.fee_micros,
            provider_ref=intent.ref,
        )
        if not received:
            return None
        payment = await booking.locked_payment(connection, actor.tenant_id, payment_id)
        return await booking.credit_asked(connection, actor, payment)
    state = {
        "failed": "failed",
        "cancelled": "cancelled",
        "requires_action": "requires_action",
    }.get(intent.status, "pending")
    await store.set_state(
        connection,
        actor.tenant_id,
        payment_id,
        state,
        client_secret=intent.client_secret,
        action_url=intent.action_url,
        failure=intent.failure,
    )
    if state == "failed":
        cause = intent.failure or "declined"
        await statistics.note(connection, actor.tenant_id, "failure", "payment", cause)
    return None


async def give_up(
    open_connection: OpenConnection,
    sealer: Sealer,
    actor: Actor,
    payment_id: UUID,
    ended_as: Literal["cancelled", "failed"],
) -> CommandPlace | None:
    """End a payment whose payer does not do what it requires, as cancelled (by the payer) or failed
    (by time). The provider is told first, so it takes no money any more; if it was quicker, the
    money goes to the balance by the command that is returned. Done before, it changes nothing.

    Raises:
        PaymentNotFound, PaymentStateConflict, ProviderUnsuitable, ProviderUnavailable.
    """
    async with open_connection() as connection:
        payment = await booking.locked_payment(connection, actor.tenant_id, payment_id)
        if payment.state in ("failed", "cancelled"):
            return None
        if payment.state != "requires_action" or payment.provider_ref is None:
            raise PaymentStateConflict(
                f"The payment is {payment.state}.",
                field="payment_id",
                accepted="a payment that requires_action",
            )
        await store.begin_attempt(connection, actor.tenant_id, payment_id)
        provider = await usable_provider(
            connection, actor.tenant_id, payment.provider, by_hand=False
        )
    intent = await opened(sealer, actor.tenant_id, provider).cancel(payment.provider_ref)
    if intent.status == "cancelled":
        intent = replace(intent, status=ended_as, failure="not_answered")
    async with open_connection() as connection:
        if intent.status == ended_as:
            await audit.record(
                connection, actor, "payment.given_up", "payment", payment_id, after={"as": ended_as}
            )
        return await settle(connection, actor, payment_id, intent)


async def ensure_customer(
    open_connection: OpenConnection,
    sealer: Sealer,
    actor: Actor,
    account_id: UUID,
    provider_name: str,
) -> str:
    """What a provider calls the payer of an account; made known there at first use.

    Raises:
        AccountNotFound, ProviderNotFound, ProviderUnsuitable, ProviderUnavailable.
    """
    async with open_connection() as connection:
        account = await find_account(connection, actor.tenant_id, account_id)
        provider = await usable_provider(connection, actor.tenant_id, provider_name, by_hand=False)
        known = await methods.customer_ref(connection, actor.tenant_id, account_id, provider_name)
        customer = await find_customer(connection, actor.tenant_id, account.customer_id)
    if known is not None:
        return known
    made = await opened(sealer, actor.tenant_id, provider).create_customer(
        str(account_id), customer.name
    )
    async with open_connection() as connection:
        return await methods.name_customer(
            connection, actor.tenant_id, account_id, provider_name, made
        )
