"""What the vouchers of a batch are worth."""

from __future__ import annotations

from dataclasses import dataclass

from openmvno import wallets
from openmvno.catalog import ADDON, Bucket, Offer
from openmvno.errors import one_of
from openmvno.money import parse_currency, parse_positive_amount
from openmvno.vouchers.errors import VoucherTermsInvalid
from openmvno.vouchers.model import Terms


@dataclass(frozen=True, slots=True)
class Wish:
    """What the client asks for; ``bucket`` or ``product`` say that it is not for the balance."""

    value: str | None
    currency: str
    bucket: str | None = None
    option: str | None = None
    amount: str | None = None
    days: int | None = None
    product: str | None = None


def balance_terms(wish: Wish) -> Terms:
    """The terms of money for the balance.

    Raises:
        VoucherTermsInvalid, CurrencyInvalid, AmountInvalid, AmountPrecision, AmountOutOfRange.
    """
    if wish.option is not None or wish.amount is not None or wish.days is not None:
        raise VoucherTermsInvalid(
            "Option, amount and days are those of a bucket.",
            field="bucket",
            accepted="the code of a bucket, or none of option, amount and days",
        )
    return Terms("balance", _face(wish), parse_currency(wish.currency))


def terms_of(wish: Wish, offer: Offer) -> Terms:
    """The terms of content for a wallet, or of an add-on; an option is written out.

    Raises:
        VoucherTermsInvalid, and what the money and the catalogue's names are refused with.
    """
    currency = parse_currency(wish.currency)
    if wish.bucket is not None and wish.product is not None:
        raise VoucherTermsInvalid(
            "Both bucket and product are there.",
            field="product",
            accepted="either bucket or product",
        )
    if currency != offer.currency:
        raise VoucherTermsInvalid(
            f"The catalogue is in {offer.currency}.", field="currency", accepted=offer.currency
        )
    if wish.bucket is not None:
        return _wallet_terms(wish, offer, wish.bucket, currency)
    if wish.product is None:
        return balance_terms(wish)
    offer.product(wish.product, ADDON)
    return Terms("product", _face(wish), currency, product=wish.product)


def _wallet_terms(wish: Wish, offer: Offer, code: str, currency: str) -> Terms:
    bucket = offer.buckets.get(code)
    if bucket is None:
        raise wallets.BucketUnknown(
            f"The catalogue in force (version {offer.number}) has no bucket {code[:64]!r}.",
            field="bucket",
            accepted=one_of(offer.buckets),
        )
    if (wish.option is None) == (wish.amount is None):
        raise VoucherTermsInvalid(
            "Neither or both of option and amount are there.",
            field="option",
            accepted="either option or amount",
        )
    if wish.option is None:
        amount = wallets.parse_units(wish.amount or "", bucket.unit)
        return _into(bucket, _face(wish), currency, amount, wish.days)
    option = bucket.option(wish.option)
    if option is None:
        raise wallets.TopUpUnknown(
            f"{code} has no option {wish.option[:64]!r}.",
            field="option",
            accepted=one_of(each.code for each in bucket.top_ups),
        )
    if wish.days is not None:
        raise VoucherTermsInvalid(
            "How long an option lasts is for it to say.",
            field="days",
            accepted="days with an amount alone",
        )
    face = option.price_micros if wish.value is None else _face(wish)
    if face <= 0:
        raise VoucherTermsInvalid(
            "The option is free, so the voucher has no value yet.",
            field="value",
            accepted="what the voucher is sold for",
        )
    return _into(bucket, face, currency, option.amount, option.days)


def _into(bucket: Bucket, face: int, currency: str, amount: int, days: int | None) -> Terms:
    return Terms("wallet", face, currency, bucket.code, bucket.unit, amount, days)


def _face(wish: Wish) -> int:
    if wish.value is None:
        raise VoucherTermsInvalid(
            "The voucher has no value.", field="value", accepted="what the voucher is sold for"
        )
    return parse_positive_amount(wish.value, "value")
