"""Top-ups as the API takes and shows them."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from openmvno.money import format_amount
from openmvno.payments.model import TopUp
from openmvno.rest.moments import Moment

Amount = Annotated[
    str, Meta(examples=["10.00"], description="Decimal string, at most six decimals")
]
Currency = Annotated[str, Meta(examples=["EUR"], description="ISO 4217 code")]


class AmountIn(msgspec.Struct, forbid_unknown_fields=True):
    """An amount of money."""

    amount: Amount
    currency: Currency


class NewTopUp(msgspec.Struct, forbid_unknown_fields=True):
    """Money to be put on an account. ``reference``: what the payer's side calls it."""

    amount: Amount
    currency: Currency
    reference: Annotated[str, Meta(max_length=200, examples=["voucher 4711"])] = ""


class TopUpView(msgspec.Struct):
    """A top-up. ``balance`` is the account's balance right after it, once it is completed."""

    id: UUID
    account_id: UUID
    amount: Amount
    currency: Currency
    reference: str
    status: Annotated[str, Meta(examples=["completed"], description="pending or completed")]
    balance: Annotated[str | None, Meta(examples=["110.00"])]
    created_at: Moment


def top_up_view(top_up: TopUp) -> TopUpView:
    """What the API shows of a top-up."""
    balance = (top_up.outcome or {}).get("balance")
    return TopUpView(
        top_up.top_up_id,
        top_up.account_id,
        format_amount(top_up.amount_micros, top_up.currency),
        top_up.currency,
        top_up.reference,
        top_up.status,
        None if balance is None else format_amount(balance, top_up.currency),
        top_up.created_at,
    )


def with_outcome(body: dict[str, Any], outcome: dict[str, Any] | None) -> dict[str, Any]:
    """A top-up's body with what the engine answered."""
    if outcome is None:
        return body
    return {
        **body,
        "status": "completed",
        "balance": format_amount(outcome["balance"], body["currency"]),
    }
