"""Transfers as the API takes and shows them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from openmvno.money import (
    format_amount,
    parse_currency,
    parse_positive_amount,
    parse_unsigned_amount,
)
from openmvno.rest.moments import Moment
from openmvno.transfers.model import Terms, Transfer

Amount = Annotated[
    str, Meta(examples=["10.00"], description="Decimal string, at most six decimals")
]
Currency = Annotated[str, Meta(examples=["EUR"], description="ISO 4217 code")]
Count = Annotated[int, Meta(ge=0, le=1_000_000, examples=[5])]


class TermsIn(msgspec.Struct, forbid_unknown_fields=True):
    """What accounts in a currency may send. ``daily`` and ``daily_count``: zero for no limit;
    ``remaining``: what has to be left; ``fee`` and ``fee_per_mille`` of the amount, beside it."""

    least: Amount
    most: Amount
    daily: Amount = "0"
    daily_count: Count = 0
    remaining: Amount = "0"
    fee: Amount = "0"
    fee_per_mille: Annotated[int, Meta(ge=0, le=1000, examples=[10])] = 0

    def terms(self, currency: str) -> Terms:
        """As the domain takes it.

        Raises:
            what the money is refused with, naming the field.
        """
        return Terms(
            currency=parse_currency(currency),
            least_micros=parse_positive_amount(self.least, "least"),
            most_micros=parse_positive_amount(self.most, "most"),
            daily_micros=parse_unsigned_amount(self.daily, "daily"),
            daily_count=self.daily_count,
            remaining_micros=parse_unsigned_amount(self.remaining, "remaining"),
            fee_micros=parse_unsigned_amount(self.fee, "fee"),
            fee_per_mille=self.fee_per_mille,
        )


class TermsView(msgspec.Struct):
    """The terms of transfers in a currency."""

    currency: Currency
    least: Amount
    most: Amount
    daily: Amount
    daily_count: Count
    remaining: Amount
    fee: Amount
    fee_per_mille: int


class NewTransfer(msgspec.Struct, forbid_unknown_fields=True):
    """Money for the account of another line: ``to`` is its number, or ``to_account_id``."""

    amount: Amount
    currency: Currency
    to: Annotated[str, Meta(max_length=15, examples=["385910000002"])] | None = None
    to_account_id: UUID | None = None
    reference: Annotated[str, Meta(max_length=200, examples=["pocket money"])] = ""


class TransferView(msgspec.Struct):
    """A transfer. ``refusal``: why it was refused or returned, in the engine's word."""

    id: UUID
    from_account_id: UUID
    to_account_id: UUID
    amount: Amount
    fee: Amount
    currency: Currency
    status: Annotated[
        str,
        Meta(
            examples=["completed"],
            description="debiting, crediting, completed, refused, returning or returned",
        ),
    ]
    refusal: str | None
    reference: str
    created_at: Moment


def terms_view(terms: Terms) -> TermsView:
    """What the API shows of terms."""

    def amount(micros: int) -> str:
        return format_amount(micros, terms.currency)

    return TermsView(
        terms.currency,
        amount(terms.least_micros),
        amount(terms.most_micros),
        amount(terms.daily_micros),
        terms.daily_count,
        amount(terms.remaining_micros),
        amount(terms.fee_micros),
        terms.fee_per_mille,
    )


def transfer_view(transfer: Transfer) -> TransferView:
    """What the API shows of a transfer."""
    return TransferView(
        transfer.transfer_id,
        transfer.from_account_id,
        transfer.to_account_id,
        format_amount(transfer.amount_micros, transfer.currency),
        format_amount(transfer.fee_micros, transfer.currency),
        transfer.currency,
        transfer.state,
        transfer.refusal,
        transfer.reference,
        transfer.created_at,
    )
