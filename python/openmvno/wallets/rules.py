"""What a top-up of a wallet contains and costs."""

from __future__ import annotations

import re
from typing import Final

from openmvno.catalog import Bucket
from openmvno.errors import one_of
from openmvno.money import format_amount, parse_positive_amount
from openmvno.wallets.errors import (
    TopUpUnknown,
    WalletAmountInvalid,
    WalletPriceUnknown,
    WalletTopUpAmbiguous,
)
from openmvno.wallets.model import Content, TopUpWish

MOST_UNITS: Final = 10**15
"""The largest number of units one request may name: a petabyte, far inside 64 bits."""

_UNITS = re.compile(r"[1-9][0-9]{0,15}")


def content_of(bucket: Bucket, wish: TopUpWish) -> Content:
    """What ``wish`` puts into ``bucket``.

    Raises:
        WalletTopUpAmbiguous, TopUpUnknown, WalletAmountInvalid, WalletPriceUnknown,
        AmountInvalid, AmountPrecision, AmountOutOfRange.
    """
    if (wish.option is None) == (wish.amount is None):
        raise WalletTopUpAmbiguous("Neither or both of them are there.", field="option")
    if wish.option is not None:
        return _content_of_option(bucket, wish, wish.option)
    amount = parse_units(wish.amount or "", bucket.unit)
    if wish.pay == "none":
        return Content(None, amount, wish.days, 0)
    if bucket.unit != "money":
        raise WalletPriceUnknown(
            f"An amount of {bucket.code} has no price.",
            field="pay",
            accepted="none, or in place of the amount the option"
            f" {one_of(each.code for each in bucket.top_ups)}",
        )
    return Content(None, amount, wish.days, amount)


def _content_of_option(bucket: Bucket, wish: TopUpWish, code: str) -> Content:
    option = bucket.option(code)
    if option is None:
        raise TopUpUnknown(
            f"{bucket.code} has no option {code[:64]!r}.",
            field="option",
            accepted=one_of(each.code for each in bucket.top_ups),
        )
    if wish.days is not None:
        raise WalletTopUpAmbiguous(
            "How long an option lasts is for it to say.",
            field="days",
            accepted="days with an amount alone",
        )
    price = 0 if wish.pay == "none" else option.price_micros
    return Content(code, option.amount, option.days, price)


def parse_units(text: str, unit: str, field: str = "amount") -> int:
    """An amount of a bucket as the API writes it: a decimal string of money, else whole units.

    Raises:
        WalletAmountInvalid, AmountInvalid, AmountPrecision, AmountOutOfRange: naming ``field``.
    """
    if unit == "money":
        return parse_positive_amount(text, field)
    if _UNITS.fullmatch(text) is None or int(text) > MOST_UNITS:
        raise WalletAmountInvalid(
            f"{text[:40]!r} is not a number of units.",
            field=field,
            accepted=f"a whole number from 1 to {MOST_UNITS}",
        )
    return int(text)


def format_units(amount: int, unit: str | None, currency: str) -> str:
    """An amount of a bucket as the API writes it."""
    return format_amount(amount, currency) if unit == "money" else str(amount)
