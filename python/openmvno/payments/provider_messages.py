"""What payment providers tell us of their own accord: verified, acted on once."""

from __future__ import annotations

from typing import Any

from psycopg import AsyncConnection

from openmvno.actor import Actor
from openmvno.charging import CommandPlace
from openmvno.database import OpenConnection
from openmvno.identifiers import new_id
from openmvno.payments import booking, cards, chargebacks, setups
from openmvno.payments import payment_store as store
from openmvno.payments.model import Payment, Provider
from openmvno.payments.provider_settings import opened
from openmvno.payments.providers import ProviderEvent
from openmvno.provisioning import Sealer


async def take(
    open_connection: OpenConnection,
    sealer: Sealer,
    actor: Actor,
    provider: Provider,
    content: bytes,
    signature: str,
) -> tuple[Payment | None, CommandPlace | None]:
    """Act on a message, unless it has come before; the payment it is about, and the command that
    moves its money.

    Raises:
        SignatureInvalid; ProviderUnavailable: nothing is noted, the provider sends it again.
    """
    interface = opened(sealer, actor.tenant_id, provider)
    event = interface.read_event(content, signature)
    if event.kind == "setup":
        await _take_setup(open_connection, sealer, actor, provider, event)
        return None, None
    async with open_connection() as connection:
        payment = await _payment_of(connection, actor, provider, event)
    # What has become of it the provider is asked: messages come late and out of order.
    intent = None
    if event.kind == "payment" and event.intent_ref is not None:
        intent = await interface.find(event.intent_ref) if payment is not None else None
    async with open_connection() as connection:
        payment_id = None if payment is None else payment.payment_id
        is_new = await store.note_event(
            connection, actor.tenant_id, provider.name, event.event_ref, event.kind, payment_id
        )
        if not is_new:
            return payment, None
        if payment is None:
            return await _unknown(connection, actor, provider, event), None
        if intent is not None:
            return payment, await cards.settle(connection, actor, payment.payment_id, intent)
        payment = await booking.locked_payment(connection, actor.tenant_id, payment.payment_id)
        return payment, await _dispute(connection, actor, payment, event)


async def _take_setup(
    open_connection: OpenConnection,
    sealer: Sealer,
    actor: Actor,
    provider: Provider,
    event: ProviderEvent,
) -> None:
    """A page on which a method is saved has come to its end; one that is not ours is not."""
    async with open_connection() as connection:
        setup = await setups.setup_by_ref(
            connection, actor.tenant_id, provider.name, event.subject_ref
        )
    if setup is not None:
        await setups.complete(open_connection, sealer, actor, setup.setup_id)
    async with open_connection() as connection:
        await store.note_event(
            connection, actor.tenant_id, provider.name, event.event_ref, event.kind, None
        )


async def _payment_of(
    connection: AsyncConnection[Any], actor: Actor, provider: Provider, event: ProviderEvent
) -> Payment | None:
    if event.intent_ref is None:
        return None
    return await store.payment_by_ref(connection, actor.tenant_id, provider.name, event.intent_ref)


async def _dispute(
    connection: AsyncConnection[Any], actor: Actor, payment: Payment, event: ProviderEvent
) -> CommandPlace | None:
    if event.kind == "dispute_opened":
        _, place = await chargebacks.open_claim(
            connection, actor, payment, event.amount_micros, event.subject_ref
        )
        return place
    if event.kind == "dispute_won":
        return await chargebacks.win(
            connection, actor, payment, event.amount_micros, event.subject_ref
        )
    return None


async def _unknown(
    connection: AsyncConnection[Any], actor: Actor, provider: Provider, event: ProviderEvent
) -> Payment | None:
    """Money that came without a payment of ours, by a link for instance: unallocated."""
    if event.kind != "payment" or not event.is_paid or not event.amount_micros:
        return None
    payment_id = new_id()
    await store.insert_payment(
        connection,
        actor.tenant_id,
        payment_id,
        account_id=None,
        provider=provider.name,
        currency=event.currency,
        state="received",
        provider_ref=event.intent_ref,
        reference=event.note,
    )
    payment = await booking.locked_payment(connection, actor.tenant_id, payment_id)
    await booking.receive(
        connection, actor, payment, event.amount_micros, provider_ref=event.intent_ref
    )
    return await store.payment_by_id(connection, actor.tenant_id, payment_id)
