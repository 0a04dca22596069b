"""Vouchers as the API takes and shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from openmvno import wallets
from openmvno.money import format_amount, parse_currency, parse_unsigned_amount
from openmvno.rest.moments import Moment
from openmvno.vouchers.errors import VoucherTermsInvalid
from openmvno.vouchers.model import (
    Batch,
    Lifetime,
    RangeChange,
    Redemption,
    Voucher,
    shown_serial,
)
from openmvno.vouchers.rules import Wish

Amount = Annotated[
    str, Meta(examples=["10.00"], description="Decimal string, at most six decimals")
]
Currency = Annotated[str, Meta(examples=["EUR"], description="ISO 4217 code")]
Code = Annotated[str, Meta(max_length=64, examples=["purse"])]
Serial = Annotated[
    str, Meta(pattern=r"^[0-9]{1,18}$", examples=["000000000001"], description="Serial number")
]
SerialNumber = Annotated[int, Meta(ge=1, le=10**18, examples=[1])]
Kind = Annotated[str, Meta(examples=["balance"], description="balance, wallet or product")]
State = Annotated[
    str,
    Meta(examples=["active"], description="generated, active, redeemed, blocked or expired"),
]

MOST_BY_API = 10_000
"""Vouchers of one request; ``openmvno voucher generate`` makes millions."""


class NewVoucherBatch(msgspec.Struct, forbid_unknown_fields=True):
    """Vouchers to be made.

    For the balance: ``value`` and ``currency``. For a wallet: ``bucket`` with an ``option`` of the
    catalogue, or with ``amount`` (and ``days``) and the ``value`` it is sold for. For an add-on:
    ``product`` and ``value``. The PINs come back encrypted for ``certificate`` (X.509 in PEM, RSA).
    """

    name: Annotated[str, Meta(min_length=1, max_length=100, examples=["Summer 10 EUR"])]
    count: Annotated[int, Meta(ge=1, le=MOST_BY_API, examples=[100])]
    currency: Currency
    expires_at: Annotated[datetime, Meta(tz=True)]
    certificate: Annotated[
        str, Meta(max_length=20_000, examples=["-----BEGIN CERTIFICATE-----\n…"])
    ]
    value: Amount | None = None
    bucket: Code | None = None
    option: Annotated[str, Meta(max_length=64, examples=["big"])] | None = None
    amount: Annotated[str, Meta(max_length=40, examples=["25.00"])] | None = None
    days: Annotated[int, Meta(ge=1, le=3660, examples=[30])] | None = None
    product: Annotated[str, Meta(max_length=64, examples=["pack"])] | None = None

    def wish(self) -> Wish:
        """As the domain takes it."""
        return Wish(
            value=self.value,
            currency=self.currency,
            bucket=self.bucket,
            option=self.option,
            amount=self.amount,
            days=self.days,
            product=self.product,
        )


class VoucherBatchView(msgspec.Struct):
    """A batch of vouchers. ``states``: how many are in which state, where it alone is asked for."""

    id: UUID
    name: str
    first_serial: Serial
    last_serial: Serial
    count: int
    kind: Kind
    value: Amount
    currency: Currency
    bucket: Code | None
    unit: str | None
    amount: Annotated[str | None, Meta(examples=["25.00"])]
    days: int | None
    product: str | None
    expires_at: Moment
    created_at: Moment
    states: Annotated[dict[str, int], Meta(examples=[{"generated": 100}])] = {}


class GeneratedVouchersView(msgspec.Struct):
    """A new batch, and its PINs: CMS EnvelopedData (RFC 5652) in PEM, of a CSV with the columns
    serial and pin. They cannot be had again."""

    batch: VoucherBatchView
    pins: Annotated[str, Meta(examples=["-----BEGIN PKCS7-----\n…"])]


class VoucherRange(msgspec.Struct, forbid_unknown_fields=True):
    """Serial numbers from the first to the last, and what is to become of those vouchers."""

    first_serial: SerialNumber
    last_serial: SerialNumber
    state: Literal["active", "blocked"]


class VoucherRangeView(msgspec.Struct):
    """What became of a range. ``states``: how many of it are in which state now."""

    first_serial: Serial
    last_serial: Serial
    state: State
    changed: Annotated[int, Meta(examples=[100])]
    states: Annotated[dict[str, int], Meta(examples=[{"active": 100}])]


class VoucherView(msgspec.Struct):
    """A voucher. Its PIN is never shown."""

    serial: Serial
    batch_id: UUID
    state: State
    redemption_id: UUID | None


class NewRedemption(msgspec.Struct, forbid_unknown_fields=True):
    """A PIN that was typed in, for one of ``line_id``, ``account_id`` and ``msisdn``.

    ``origin``: where it was typed in, such as the address of the browser or the telephone; wrong
    PINs are counted for it as for the account.
    """

    pin: Annotated[str, Meta(min_length=1, max_length=64, examples=["4592 7427 2050 4979"])]
    line_id: UUID | None = None
    account_id: UUID | None = None
    msisdn: Annotated[str, Meta(max_length=15, examples=["385910000001"])] | None = None
    origin: Annotated[str, Meta(max_length=100, examples=["203.0.113.7"])] = ""


class RedemptionView(msgspec.Struct):
    """A voucher that was used. ``balance``: the account's right after it, where it came there.

    ``lifetime_days``: what the table of lifetimes gave for it.
    """

    id: UUID
    serial: Serial
    batch_id: UUID
    account_id: UUID
    line_id: UUID | None
    kind: Kind
    value: Amount
    currency: Currency
    bucket: Code | None
    amount: Annotated[str | None, Meta(examples=["25.00"])]
    days: int | None
    product: str | None
    lifetime_days: int | None
    origin: str
    status: Annotated[
        str, Meta(examples=["completed"], description="pending, completed or refused")
    ]
    balance: Annotated[str | None, Meta(examples=["20.00"])]
    created_at: Moment


class LifetimeEntry(msgspec.Struct, forbid_unknown_fields=True):
    """A voucher of at least ``from_value`` lets a subscriber live on for so many days."""

    currency: Currency
    from_value: Amount
    days: Annotated[int, Meta(ge=1, le=3660, examples=[90])]


class LifetimeTable(msgspec.Struct, forbid_unknown_fields=True):
    """The whole table of lifetimes."""

    rows: Annotated[list[LifetimeEntry], Meta(max_length=100)]

    def lifetimes(self) -> list[Lifetime]:
        """As the domain takes it.

        Raises:
            VoucherTermsInvalid and what the money is refused with: naming the row.
        """
        found: dict[tuple[str, int], Lifetime] = {}
        for index, row in enumerate(self.rows):
            currency = parse_currency(row.currency, f"rows[{index}].currency")
            least = parse_unsigned_amount(row.from_value, f"rows[{index}].from_value")
            if (currency, least) in found:
                raise VoucherTermsInvalid(
                    "Another row begins at the same value.",
                    field=f"rows[{index}].from_value",
                    accepted="each value once for a currency",
                )
            found[currency, least] = Lifetime(currency, least, row.days)
        return list(found.values())


def batch_view(batch: Batch, states: dict[str, int] | None = None) -> VoucherBatchView:
    """What the API shows of a batch."""
    return VoucherBatchView(
        id=batch.batch_id,
        name=batch.name,
        first_serial=shown_serial(batch.first_serial),
        last_serial=shown_serial(batch.last_serial),
        count=batch.count,
        kind=batch.kind,
        value=format_amount(batch.face_micros, batch.currency),
        currency=batch.currency,
        bucket=batch.bucket,
        unit=batch.unit,
        amount=_content(batch),
        days=batch.days,
        product=batch.product,
        expires_at=batch.expires_at,
        created_at=batch.created_at,
        states=states or {},
    )


def _content(of: Batch | Redemption) -> str | None:
    return None if of.amount is None else wallets.format_units(of.amount, of.unit, of.currency)


def range_view(change: RangeChange, states: dict[str, int]) -> VoucherRangeView:
    """What the API shows of a range that was changed."""
    return VoucherRangeView(
        shown_serial(change.first_serial),
        shown_serial(change.last_serial),
        change.state,
        change.changed,
        states,
    )


def voucher_view(voucher: Voucher) -> VoucherView:
    """What the API shows of a voucher."""
    return VoucherView(
        shown_serial(voucher.serial), voucher.batch_id, voucher.state, voucher.redemption_id
    )


def redemption_view(redemption: Redemption) -> RedemptionView:
    """What the API shows of a redemption."""
    return RedemptionView(
        id=redemption.redemption_id,
        serial=shown_serial(redemption.serial),
        batch_id=redemption.batch_id,
        account_id=redemption.account_id,
        line_id=redemption.line_id,
        kind=redemption.kind,
        value=format_amount(redemption.face_micros, redemption.currency),
        currency=redemption.currency,
        bucket=redemption.bucket,
        amount=_content(redemption),
        days=redemption.days,
        product=redemption.product,
        lifetime_days=redemption.lifetime_days,
        origin=redemption.origin,
        status=redemption.status,
        balance=_balance(redemption.outcome, redemption.kind, redemption.currency),
        created_at=redemption.created_at,
    )


def redeemed(body: dict[str, Any], outcome: dict[str, Any] | None) -> dict[str, Any]:
    """A redemption's body with what the engine answered."""
    if outcome is None:
        return body
    balance = _balance(outcome, body["kind"], body["currency"])
    return {**body, "status": "completed", "balance": balance}


def _balance(outcome: dict[str, Any] | None, kind: str, currency: str) -> str | None:
    balance = (outcome or {}).get("balance")
    return None if kind != "balance" or balance is None else format_amount(balance, currency)


def lifetime_entry(lifetime: Lifetime) -> LifetimeEntry:
    """What the API shows of a row of the table."""
    return LifetimeEntry(
        lifetime.currency, format_amount(lifetime.from_micros, lifetime.currency), lifetime.days
    )
