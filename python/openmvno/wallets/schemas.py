"""Buckets and wallet top-ups as the API takes and shows them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from openmvno.charging import Pay
from openmvno.money import format_amount
from openmvno.rest.moments import Moment
from openmvno.wallets.model import TopUpWish, WalletTopUp
from openmvno.wallets.rules import format_units

Units = Annotated[
    str,
    Meta(
        max_length=40,
        examples=["6000"],
        description="In the bucket's unit: a whole number, for money a decimal string",
    ),
]
BucketCode = Annotated[str, Meta(max_length=64, examples=["min100"])]
Unit = Annotated[str, Meta(examples=["second"], description="second, octet, event, money or unit")]


class BucketView(msgspec.Struct):
    """A bucket as the engine holds it now. ``line_id`` null: a pool all lines of the account share.

    ``remaining`` = initial - used - reserved. ``product_instance``: the add-on that brought it.
    ``unit`` is null, and amounts are as the engine counts them, where the catalogue in force does
    not have the bucket any more.
    """

    id: Annotated[int, Meta(examples=[1], description="Unique within the account")]
    code: BucketCode
    line_id: UUID | None
    product_instance: UUID | None
    unit: Unit | None
    initial: Units
    used: Annotated[Units, Meta(examples=["120"])]
    reserved: Annotated[Units, Meta(examples=["60"])]
    remaining: Annotated[Units, Meta(examples=["5820"])]
    valid_from: Moment | None
    expires_at: Annotated[Moment | None, Meta(description="Null: it lasts for ever")]


class NewWalletTopUp(msgspec.Struct, forbid_unknown_fields=True):
    """Content for a wallet: by an ``option`` of the catalogue, or an ``amount`` for ``days``.

    ``pay``: from the balance, in cash at the counter, or none (a present). An amount of units has
    no price, so it can only be a present; money is its own price.
    """

    bucket: BucketCode
    pay: Pay
    option: Annotated[str, Meta(max_length=64, examples=["small"])] | None = None
    amount: Units | None = None
    days: Annotated[int, Meta(ge=1, le=3660, examples=[10])] | None = None
    reference: Annotated[str, Meta(max_length=200, examples=["voucher 4711"])] = ""

    def wish(self) -> TopUpWish:
        """As the domain takes it."""
        return TopUpWish(self.bucket, self.option, self.amount, self.days, self.pay, self.reference)


class WalletTopUpView(msgspec.Struct):
    """A top-up of a wallet."""

    id: UUID
    account_id: UUID
    line_id: UUID
    bucket: BucketCode
    unit: Unit
    option: str | None
    amount: Units
    days: int | None
    pay: str
    price: Annotated[str, Meta(examples=["5.00"])]
    currency: Annotated[str, Meta(examples=["EUR"])]
    reference: str
    status: Annotated[
        str, Meta(examples=["completed"], description="pending, completed or refused")
    ]
    created_at: Moment


def bucket_view(bucket: dict[str, Any], currency: str) -> BucketView:
    """What the API shows of a bucket in the engine's answer."""
    unit: str | None = bucket["unit"]
    initial, used, reserved = bucket["initial"], bucket["used"], bucket["reserved"]
    return BucketView(
        id=bucket["id"],
        code=bucket["code"],
        line_id=_uuid(bucket.get("line")),
        product_instance=_uuid(bucket.get("instance")),
        unit=unit,
        initial=format_units(initial, unit, currency),
        used=format_units(used, unit, currency),
        reserved=format_units(reserved, unit, currency),
        remaining=format_units(initial - used - reserved, unit, currency),
        valid_from=_instant(bucket.get("valid_from")),
        expires_at=_instant(bucket.get("expires_at")),
    )


def _uuid(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)


def _instant(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


def wallet_top_up_view(top_up: WalletTopUp) -> WalletTopUpView:
    """What the API shows of a top-up."""
    return WalletTopUpView(
        id=top_up.wallet_top_up_id,
        account_id=top_up.account_id,
        line_id=top_up.line_id,
        bucket=top_up.bucket,
        unit=top_up.unit,
        option=top_up.top_up_option,
        amount=format_units(top_up.amount, top_up.unit, top_up.currency),
        days=top_up.days,
        pay=top_up.pay,
        price=format_amount(top_up.price_micros, top_up.currency),
        currency=top_up.currency,
        reference=top_up.reference,
        status=top_up.status,
        created_at=top_up.created_at,
    )
