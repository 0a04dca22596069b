"""Stripe, by its official SDK: payment intents that are made first and confirmed afterwards."""

from __future__ import annotations

import json
from collections.abc import Awaitable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import stripe
from stripe.params import PaymentIntentConfirmParams, PaymentIntentCreateParams
from stripe.params.checkout import SessionCreateParams

from openmvno.money import minor_units, of_minor_units
from openmvno.payments.providers.interface import (
    Intent,
    MethodDetails,
    ProviderDeclined,
    ProviderEvent,
    ProviderRecord,
    ProviderUnavailable,
    SetupOutcome,
    SetupPage,
    SignatureInvalid,
)

T = TypeVar("T")

API_URL: Final = "https://api.stripe.com"

TIMEOUT_SECONDS: Final = 20.0

PAGE: Final = 100

REPLAY_SECONDS: Final = 300
"""How old a signed message may be; Stripe's own libraries take the same."""

_STATUSES: Final = {
    "requires_payment_method": "failed",
    "requires_confirmation": "open",
    "requires_action": "requires_action",
    "requires_capture": "processing",
    "processing": "processing",
    "succeeded": "succeeded",
    "canceled": "cancelled",
}


class StripeCards:
    """One account at Stripe. ``api_url`` is another only where it is imitated."""

    def __init__(self, api_key: str, webhook_secret: str, api_url: str = "") -> None:
        self._webhook_secret = webhook_secret
        self._imitation = api_url
        self._client = stripe.StripeClient(
            api_key,
            base_addresses={"api": api_url or API_URL},
            http_client=stripe.HTTPXClient(timeout=TIMEOUT_SECONDS),
            max_network_retries=2,
        )

    async def create_customer(self, key: str, name: str) -> str:
        """A Customer."""
        made = await _called(
            self._client.v1.customers.create_async(
                {"name": name, "metadata": {"account": key}}, {"idempotency_key": f"customer-{key}"}
            )
        )
        return made.id

    async def attach(self, customer_ref: str, token: str) -> MethodDetails:
        """Attach a PaymentMethod to a Customer."""
        method = await _called(
            self._client.v1.payment_methods.attach_async(token, {"customer": customer_ref})
        )
        return _details(method)

    async def begin_setup(
        self, key: str, customer_ref: str, back_url: str, expires_at: datetime
    ) -> SetupPage:
        """A Checkout Session in mode setup."""
        wanted: SessionCreateParams = {
            "mode": "setup",
            "customer": customer_ref,
            "client_reference_id": key,
            "allowed_payment_method_types": ["card"],
            "success_url": back_url,
            "cancel_url": back_url,
            "expires_at": int(expires_at.timestamp()),
        }
        session = await _called(
            self._client.v1.checkout.sessions.create_async(
                wanted, {"idempotency_key": f"setup-{key}"}
            )
        )
        url = self._page(session.url)
        if url is None:
            raise ProviderUnavailable("Its page has no address that a browser may be sent to.")
        return SetupPage(session.id, url)

    async def finish_setup(self, ref: str) -> SetupOutcome:
        """What a Checkout Session has saved, as its SetupIntent says."""
        session = await _called(
            self._client.v1.checkout.sessions.retrieve_async(
                ref, {"expand": ["setup_intent.payment_method"]}
            )
        )
        if session.status == "expired":
            return SetupOutcome("expired")
        setup = session.setup_intent
        method = getattr(setup, "payment_method", None)
        is_saved = session.status == "complete" and getattr(setup, "status", "") == "succeeded"
        if not is_saved or not isinstance(method, stripe.PaymentMethod):
            return SetupOutcome("open")
        key, customer = session.client_reference_id or "", _id(session.customer)
        return SetupOutcome("saved", key, customer, _details(method))

    def _page(self, url: object) -> str | None:
        """An address of Stripe's, unless a browser should not be sent there."""
        if not isinstance(url, str) or not urlsplit(url).hostname:
            return None
        is_imitated = bool(self._imitation) and _origin(url) == _origin(self._imitation)
        return url if urlsplit(url).scheme == "https" or is_imitated else None

    async def detach(self, method_ref: str) -> None:
        """Detach a PaymentMethod."""
        await _called(self._client.v1.payment_methods.detach_async(method_ref))

    async def create(
        self,
        key: str,
        customer_ref: str,
        method_ref: str,
        micros: int,
        currency: str,
        back_url: str | None,
    ) -> Intent:
        """A PaymentIntent that waits for its confirmation."""
        wanted: PaymentIntentCreateParams = {
            "amount": minor_units(micros, currency),
            "currency": currency.lower(),
            "customer": customer_ref,
            "payment_method": method_ref,
            "automatic_payment_methods": {
                "enabled": True,
                "allow_redirects": "always" if back_url else "never",
            },
            "metadata": {"payment": key},
        }
        made = await _called(
            self._client.v1.payment_intents.create_async(
                wanted, {"idempotency_key": f"payment-{key}"}
            )
        )
        return self._intent(made)

    async def confirm(self, ref: str, back_url: str | None) -> Intent:
        """Confirm a PaymentIntent that waits for it; then what has become of it, with its fee."""
        intent = await _called(self._client.v1.payment_intents.retrieve_async(ref))
        if intent.status == "requires_confirmation":
            wanted: PaymentIntentConfirmParams = {}
            if back_url and _may_lead_elsewhere(intent):
                wanted["return_url"] = back_url
            try:
                intent = await _called(
                    self._client.v1.payment_intents.confirm_async(
                        ref, wanted, {"idempotency_key": f"confirm-{ref}"}
                    )
                )
            except ProviderDeclined:
                # Declined, or another was quicker: the intent knows.
                return await self.find(ref)
        return await self._with_fee(intent)

    async def find(self, ref: str) -> Intent:
        """A PaymentIntent, with its fee."""
        return await self._with_fee(
            await _called(self._client.v1.payment_intents.retrieve_async(ref))
        )

    async def cancel(self, ref: str) -> Intent:
        """Cancel a PaymentIntent; one that has succeeded cannot be."""
        try:
            intent = await _called(
                self._client.v1.payment_intents.cancel_async(
                    ref, {"cancellation_reason": "abandoned"}
                )
            )
        except ProviderDeclined:
            return await self.find(ref)
        return await self._with_fee(intent)

    async def _with_fee(self, intent: stripe.PaymentIntent) -> Intent:
        found = self._intent(intent)
        if found.status != "succeeded":
            return found
        fee = await self._fee(_id(intent.latest_charge), intent.currency.upper())
        return replace(found, fee_micros=fee)

    async def _fee(self, charge_ref: str, currency: str) -> int:
        charge = await _called(self._client.v1.charges.retrieve_async(charge_ref))
        transaction_ref = _id(charge.balance_transaction)
        if not transaction_ref:
            return 0
        transaction = await _called(
            self._client.v1.balance_transactions.retrieve_async(transaction_ref)
        )
        return of_minor_units(transaction.fee, currency)

    async def refund(self, key: str, ref: str, micros: int, currency: str) -> str:
        """A Refund; one with the same key that is there already is found, not made again."""
        listed = await _called(
            self._client.v1.refunds.list_async({"payment_intent": ref, "limit": 100})
        )
        for known in listed.data:
            if known.metadata is not None and known.metadata.to_dict().get("refund") == key:
                return known.id
        made = await _called(
            self._client.v1.refunds.create_async(
                {
                    "payment_intent": ref,
                    "amount": minor_units(micros, currency),
                    "metadata": {"refund": key},
                },
                {"idempotency_key": f"refund-{key}"},
            )
        )
        return made.id

    async def records(self, since: datetime) -> list[ProviderRecord]:
        """Succeeded charges by their PaymentIntent, and refunds."""
        found: list[ProviderRecord] = []
        moment = int(since.timestamp())
        charges = await _called(
            self._client.v1.charges.list_async({"created": {"gt": moment}, "limit": PAGE})
        )
        async for charge in charges.auto_paging_iter():
            if charge.status == "succeeded" and charge.payment_intent is not None:
                micros = of_minor_units(charge.amount, charge.currency.upper())
                ref = _id(charge.payment_intent)
                found.append(ProviderRecord("receipt", ref, micros, _at(charge.created)))
        # Refunds cannot be asked for by time everywhere: the newest come first.
        refunds = await _called(self._client.v1.refunds.list_async({"limit": PAGE}))
        async for refund in refunds.auto_paging_iter():
            if refund.created < moment:
                break
            if refund.status not in ("failed", "canceled"):
                micros = of_minor_units(refund.amount, refund.currency.upper())
                found.append(ProviderRecord("payout", refund.id, micros, _at(refund.created)))
        return found

    def _intent(self, intent: stripe.PaymentIntent) -> Intent:
        status = _STATUSES.get(intent.status, "processing")
        error = getattr(intent, "last_payment_error", None)
        if intent.status == "requires_payment_method" and error is None:
            status = "open"
        # Stripe says amount_received; an imitation may know only the amount.
        received = getattr(intent, "amount_received", None) or intent.amount
        asks = status == "requires_action"
        redirect = getattr(getattr(intent, "next_action", None), "redirect_to_url", None)
        return Intent(
            ref=intent.id,
            status=status,
            client_secret=intent.client_secret if asks else None,
            action_url=self._page(getattr(redirect, "url", None)) if asks else None,
            received_micros=of_minor_units(received, intent.currency.upper()),
            failure=None if error is None else str(error.code or error.message),
        )

    def read_event(self, content: bytes, signature: str) -> ProviderEvent:
        """A message to a webhook endpoint: signature scheme v1, at most five minutes old."""
        try:
            stripe.WebhookSignature.verify_header(
                content.decode(), signature, self._webhook_secret, REPLAY_SECONDS
            )
            event: dict[str, Any] = json.loads(content)
            return _event(event)
        except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError) as error:
            raise SignatureInvalid(
                "The body is not what was signed, or was signed too long ago.",
                field="Stripe-Signature",
            ) from error


def _event(event: dict[str, Any]) -> ProviderEvent:
    kind, subject = str(event["type"]), event["data"]["object"]
    currency = str(subject.get("currency") or "").upper()
    intent_ref = subject.get("payment_intent")
    if kind.startswith("payment_intent."):
        meaning, intent_ref = "payment", subject["id"]
    elif kind.startswith("checkout.session.") and subject.get("mode") == "setup":
        meaning = "setup"
    elif kind == "charge.dispute.created":
        meaning = "dispute_opened"
    elif kind == "charge.dispute.closed" and subject.get("status") == "won":
        meaning = "dispute_won"
    else:
        meaning = "other"
    minor = int(subject.get("amount_received") or subject.get("amount") or 0)
    return ProviderEvent(
        event_ref=str(event["id"]),
        kind=meaning,
        intent_ref=None if intent_ref is None else _id(intent_ref),
        amount_micros=of_minor_units(minor, currency) if currency else 0,
        currency=currency,
        subject_ref=str(subject.get("id") or ""),
        is_paid=subject.get("status") == "succeeded",
        note=str(subject.get("reason") or subject.get("description") or "")[:200],
    )


def _details(method: stripe.PaymentMethod) -> MethodDetails:
    card = getattr(method, "card", None)
    if card is None:
        return MethodDetails(method.id, method.type, "", None)
    expires = f"{card.exp_year:04d}-{card.exp_month:02d}"
    return MethodDetails(method.id, card.brand, card.last4, expires)


def _may_lead_elsewhere(intent: stripe.PaymentIntent) -> bool:
    """Whether it was made for a payer who can be sent to a bank's page and back."""
    automatic = getattr(intent, "automatic_payment_methods", None)
    return automatic is not None and automatic.allow_redirects == "always"


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _id(reference: object) -> str:
    """The id of an object that Stripe names or shows whole."""
    if isinstance(reference, dict):
        return str(reference["id"])
    return str(getattr(reference, "id", reference) or "")


async def _called(call: Awaitable[T]) -> T:
    """The answer of a call.

    Raises:
        ProviderDeclined: it was refused; ProviderUnavailable: try again later.
    """
    try:
        return await call
    except (stripe.CardError, stripe.InvalidRequestError) as error:
        raise ProviderDeclined(
            error.user_message or "The provider does not say why.",
            field=None,
            extra={"decline_code": error.code or ""},
        ) from error
    except stripe.StripeError as error:
        # A key that was changed, another call with the same idempotency key: nothing was decided.
        raise ProviderUnavailable from error
