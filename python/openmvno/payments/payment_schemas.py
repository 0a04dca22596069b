"""Payments, saved methods and providers as the API takes and shows them."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from openmvno.money import format_amount
from openmvno.payments.model import (
    AutoTopUp,
    Method,
    MethodSetup,
    Movement,
    Payment,
    Provider,
    Refund,
)
from openmvno.payments.schemas import Amount, Currency
from openmvno.rest.moments import Moment

ProviderName = Annotated[str, Meta(max_length=63, examples=["stripe"])]
Reference = Annotated[str, Meta(max_length=200, examples=["statement 47, line 3"])]


class NewPayment(msgspec.Struct, forbid_unknown_fields=True):
    """A payment for an account: by a saved ``method_id``, or by hand through ``provider``.

    By hand, ``received`` says that the money is there; otherwise it is asked for, and its receipts
    name the payment. ``fee``: what the provider keeps.
    """

    amount: Amount
    currency: Currency
    method_id: UUID | None = None
    provider: ProviderName | None = None
    received: bool = True
    fee: Amount | None = None
    reference: Reference = ""


class NewReceipt(msgspec.Struct, forbid_unknown_fields=True):
    """Money that came through a provider staff enter by hand: for a payment that was asked for, for
    an account, or of nobody knows whom."""

    provider: ProviderName
    amount: Amount
    currency: Currency
    payment_id: UUID | None = None
    account_id: UUID | None = None
    fee: Amount | None = None
    reference: Reference = ""


class NewAllocation(msgspec.Struct, forbid_unknown_fields=True):
    """Money of a payment that is to come to an account."""

    account_id: UUID
    amount: Amount


class NewRefund(msgspec.Struct, forbid_unknown_fields=True):
    """Money that is to go back to the payer."""

    amount: Amount
    reason: Annotated[str, Meta(max_length=200, examples=["changed his mind"])] = ""


class NewChargeback(msgspec.Struct, forbid_unknown_fields=True):
    """Money that the payer's bank has taken back. ``reference``: the bank's name of it."""

    amount: Amount
    reference: Annotated[str, Meta(min_length=1, max_length=200, examples=["recall 8/2026"])]


class MovementView(msgspec.Struct):
    """One movement of a payment's money."""

    id: UUID
    kind: Annotated[
        str,
        Meta(
            examples=["receipt"],
            description="receipt, fee, allocation, withdrawal, payout, chargeback, offset,"
            " recovery, chargeback_won or restitution",
        ),
    ]
    amount: Amount
    account_id: UUID | None
    refund_id: UUID | None
    provider_ref: str | None
    status: Annotated[
        str, Meta(examples=["completed"], description="pending, completed or refused")
    ]
    created_at: Moment


class RefundView(msgspec.Struct):
    """Money on its way back to a payer."""

    id: UUID
    payment_id: UUID
    amount: Amount
    currency: Currency
    reason: str
    status: Annotated[
        str, Meta(examples=["paid"], description="withdrawing, paying, paid, refused or failed")
    ]
    failure: str | None
    created_at: Moment


class PaymentView(msgspec.Struct):
    """A payment. ``asked``: what was asked for, null where it simply came.

    While it requires_action, because the payer's bank asks first: ``action_url`` is the provider's
    page where the payer answers and which leads back to self-care (null without a public address);
    ``client_secret`` is what a program of the payer's finishes it with instead. ``failure``: the
    provider's word, or not_answered where the payer has not answered within an hour.
    """

    id: UUID
    account_id: UUID | None
    provider: ProviderName
    method_id: UUID | None
    currency: Currency
    asked: Amount | None
    received: Amount
    fees: Amount
    allocated: Amount
    unallocated: Amount
    refunded: Amount
    charged_back: Amount
    status: Annotated[
        str,
        Meta(
            examples=["paid"],
            description="pending, requires_action, failed, cancelled, partially_paid, paid,"
            " overpaid, refunded or charged_back",
        ),
    ]
    failure: str | None
    client_secret: str | None
    action_url: Annotated[
        str | None, Meta(examples=["https://hooks.stripe.com/redirect/authenticate/src_1Q0PsI"])
    ]
    reference: str
    created_at: Moment
    movements: list[MovementView] = []
    refunds: list[RefundView] = []


class NewMethod(msgspec.Struct, forbid_unknown_fields=True):
    """What the payer's browser made of a card at the provider. Card numbers never come here."""

    provider: ProviderName
    token: Annotated[str, Meta(min_length=1, max_length=200, examples=["pm_1Q0PsIJvEtkwdCNYMSaV"])]


class MethodView(msgspec.Struct):
    """A saved payment method, as people recognise it."""

    id: UUID
    account_id: UUID
    provider: ProviderName
    brand: Annotated[str, Meta(examples=["visa"])]
    last4: Annotated[str, Meta(examples=["4242"])]
    expires: Annotated[str | None, Meta(examples=["2030-04"])]
    created_at: Moment


class MethodProviderView(msgspec.Struct):
    """A provider with whom payers save a method by themselves."""

    name: ProviderName
    kind: Annotated[str, Meta(examples=["stripe"])]


class NewMethodSetup(msgspec.Struct, forbid_unknown_fields=True):
    """A method that is to be saved on the provider's own page."""

    provider: ProviderName


class MethodSetupView(msgspec.Struct):
    """A page of the provider's on which a payer saves a method. ``url``: where it is, while it is
    open; ``method_id``: what was saved."""

    id: UUID
    account_id: UUID
    provider: ProviderName
    status: Annotated[str, Meta(examples=["open"], description="open, saved or expired")]
    url: Annotated[
        str | None, Meta(examples=["https://checkout.stripe.com/c/pay/cs_live_b1Kd0x4Zt"])
    ]
    method_id: UUID | None
    expires_at: Moment
    created_at: Moment


class AutoTopUpIn(msgspec.Struct, forbid_unknown_fields=True):
    """Below ``threshold`` the method pays ``amount``, at most ``daily_limit`` in a day."""

    method_id: UUID
    threshold: Amount
    amount: Amount
    daily_limit: Amount
    enabled: bool = True


class AutoTopUpView(msgspec.Struct):
    """An account's automatic top-up."""

    account_id: UUID
    method_id: UUID
    threshold: Amount
    amount: Amount
    daily_limit: Amount
    currency: Currency
    enabled: bool


class ProviderIn(msgspec.Struct, forbid_unknown_fields=True):
    """A payment provider. Those of kind stripe need ``api_key`` and ``webhook_secret``; both are
    kept sealed and never shown. ``api_url``: only where it is imitated."""

    kind: Literal["cash_desk", "bank_transfer", "stripe"]
    api_key: Annotated[str, Meta(max_length=300, examples=["sk_live_…"])] | None = None
    webhook_secret: Annotated[str, Meta(max_length=300, examples=["whsec_…"])] | None = None
    api_url: Annotated[str, Meta(max_length=300, examples=["https://api.stripe.com"])] = ""
    enabled: bool = True


class ProviderView(msgspec.Struct):
    """A payment provider. ``webhook_path``: where it sends its messages."""

    name: ProviderName
    kind: Annotated[str, Meta(examples=["stripe"])]
    api_url: str
    enabled: bool
    webhook_path: Annotated[
        str | None,
        Meta(examples=["/v1/payment-webhooks/01a21ad1-87ab-7251-95cc-1958353a9999/stripe"]),
    ]


class Acknowledged(msgspec.Struct):
    """The message is understood; it need not be sent again."""

    status: Annotated[str, Meta(examples=["ok"])] = "ok"


def payment_view(
    payment: Payment,
    movements: list[Movement] | None = None,
    refunds: list[Refund] | None = None,
) -> PaymentView:
    """What the API shows of a payment."""

    def amount(micros: int) -> str:
        return format_amount(micros, payment.currency)

    return PaymentView(
        id=payment.payment_id,
        account_id=payment.account_id,
        provider=payment.provider,
        method_id=payment.method_id,
        currency=payment.currency,
        asked=None if payment.asked_micros is None else amount(payment.asked_micros),
        received=amount(payment.received_micros),
        fees=amount(payment.fee_micros),
        allocated=amount(payment.allocated_micros - payment.withdrawn_micros),
        unallocated=amount(payment.unallocated_micros),
        refunded=amount(payment.refunded_micros),
        charged_back=amount(payment.charged_back_micros),
        status=payment.status,
        failure=payment.failure,
        client_secret=payment.client_secret,
        action_url=payment.action_url,
        reference=payment.reference,
        created_at=payment.created_at,
        movements=[_movement_view(each, payment.currency) for each in movements or []],
        refunds=[refund_view(each, payment.currency) for each in refunds or []],
    )


def _movement_view(movement: Movement, currency: str) -> MovementView:
    return MovementView(
        movement.movement_id,
        movement.kind,
        format_amount(movement.amount_micros, currency),
        movement.account_id,
        movement.refund_id,
        movement.provider_ref,
        movement.status,
        movement.created_at,
    )


def refund_view(refund: Refund, currency: str) -> RefundView:
    """What the API shows of a refund."""
    return RefundView(
        refund.refund_id,
        refund.payment_id,
        format_amount(refund.amount_micros, currency),
        currency,
        refund.reason,
        refund.state,
        refund.failure,
        refund.created_at,
    )


def method_view(method: Method) -> MethodView:
    """What the API shows of a saved method."""
    return MethodView(
        method.method_id,
        method.account_id,
        method.provider,
        method.brand,
        method.last4,
        method.expires,
        method.created_at,
    )


def method_setup_view(setup: MethodSetup) -> MethodSetupView:
    """What the API shows of a setup."""
    return MethodSetupView(
        setup.setup_id,
        setup.account_id,
        setup.provider,
        setup.state,
        setup.url,
        setup.method_id,
        setup.expires_at,
        setup.created_at,
    )


def auto_top_up_view(terms: AutoTopUp, currency: str) -> AutoTopUpView:
    """What the API shows of an automatic top-up."""
    return AutoTopUpView(
        terms.account_id,
        terms.method_id,
        format_amount(terms.threshold_micros, currency),
        format_amount(terms.amount_micros, currency),
        format_amount(terms.daily_limit_micros, currency),
        currency,
        terms.enabled,
    )


def provider_view(provider: Provider, tenant_id: UUID) -> ProviderView:
    """What the API shows of a provider."""
    return ProviderView(
        provider.name,
        provider.kind,
        provider.api_url,
        provider.enabled,
        f"/v1/payment-webhooks/{tenant_id}/{provider.name}" if provider.kind == "stripe" else None,
    )
