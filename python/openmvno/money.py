"""Money in Python: integers of 10^-6 of the major unit (micros), decimal strings at the edges.

Python moves amounts, it never computes prices or balances; those belong to the Rust core.
"""

from __future__ import annotations

import re
from typing import Final

from openmvno.errors import Invalid

MICROS: Final = 1_000_000
"""Micros of one major unit."""

DECIMALS: Final = 6
"""Decimal places an amount may have."""

MAXIMUM_MICROS: Final = 10**9 * MICROS
"""The largest amount one request may name: a billion major units, far inside 64 bits."""

_AMOUNT = re.compile(r"(-?)([0-9]{1,15})(?:\.([0-9]+))?")
_CURRENCY = re.compile(r"[A-Z]{3}")
# ISO 4217 minor units other than two decimals, for display.
_NO_DECIMALS = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
_THREE_DECIMALS = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])


class AmountInvalid(Invalid):
    """Not a decimal number such as ``10.00``."""

    code = "amount_invalid"
    title = "The amount is not a decimal number"
    accepted = "a decimal number such as 10.00"


class AmountPrecision(Invalid):
    """More than six decimal places: rounding it would be our guess."""

    code = "amount_precision"
    title = "The amount has more than 6 decimal places"
    accepted = "at most 6 decimal places"


class AmountOutOfRange(Invalid):
    """Zero or negative where only positive amounts make sense, or beyond the largest amount."""

    code = "amount_out_of_range"
    title = "The amount is out of range"
    accepted = "a smaller amount above 0"


class CurrencyInvalid(Invalid):
    """Not an ISO 4217 alphabetic code."""

    code = "currency_invalid"
    title = "The currency is not an ISO 4217 code"
    accepted = "an ISO 4217 code such as EUR"


class AmountNotPayable(Invalid):
    """The amount has parts of the smallest unit that the currency's money has, such as cents."""

    code = "amount_not_payable"
    title = "The amount cannot be paid in money"
    accepted = "as many decimal places as the currency has"


def parse_amount(text: str, field: str = "amount") -> int:
    """The micros of a decimal string; exact or an error.

    Raises:
        AmountInvalid, AmountPrecision, AmountOutOfRange: naming ``field``.
    """
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise AmountInvalid(f"{text[:40]!r} is not a decimal number.", field=field)
    sign, whole, fraction = match.group(1), match.group(2), match.group(3) or ""
    if len(fraction) > DECIMALS:
        raise AmountPrecision(f"{text[:40]} has {len(fraction)} decimal places.", field=field)
    micros = int(whole) * MICROS + int(fraction.ljust(DECIMALS, "0"))
    if micros > MAXIMUM_MICROS:
        raise AmountOutOfRange(
            f"{text[:40]} is too much.",
            field=field,
            accepted=f"at most {format_amount(MAXIMUM_MICROS, 'EUR')}",
        )
    return -micros if sign else micros


def parse_positive_amount(text: str, field: str = "amount") -> int:
    """As :func:`parse_amount`, for amounts that must be more than zero."""
    micros = parse_amount(text, field)
    if micros <= 0:
        raise AmountOutOfRange(
            f"{text[:40]} is not more than zero.", field=field, accepted="an amount above 0"
        )
    return micros


def parse_unsigned_amount(text: str, field: str = "amount") -> int:
    """As :func:`parse_amount`, for amounts that may be zero but not less."""
    micros = parse_amount(text, field)
    if micros < 0:
        raise AmountOutOfRange(
            f"{text[:40]} is negative.", field=field, accepted="an amount of 0 or more"
        )
    return micros


def parse_currency(text: str, field: str = "currency") -> str:
    """An ISO 4217 alphabetic code.

    Raises:
        CurrencyInvalid: naming ``field``.
    """
    if _CURRENCY.fullmatch(text) is None:
        raise CurrencyInvalid(f"{text[:10]!r} is no currency code.", field=field)
    return text


def decimals_of(currency: str) -> int:
    """How many decimals the currency's money has (ISO 4217)."""
    return 0 if currency in _NO_DECIMALS else 3 if currency in _THREE_DECIMALS else 2


def minor_units(micros: int, currency: str, field: str = "amount") -> int:
    """An amount in cents, or whatever the currency's smallest unit is.

    Raises:
        AmountNotPayable: it is not whole, naming ``field``.
    """
    whole, rest = divmod(micros, _minor_unit(currency))
    if rest:
        raise AmountNotPayable(
            f"{format_amount(micros, currency)} {currency} cannot be paid in money.",
            field=field,
            accepted=f"at most {decimals_of(currency)} decimal places",
        )
    return whole


def of_minor_units(amount: int, currency: str) -> int:
    """The micros of an amount in the currency's smallest unit."""
    return amount * _minor_unit(currency)


def _minor_unit(currency: str) -> int:
    return int(10 ** (DECIMALS - decimals_of(currency)))


def format_amount(micros: int, currency: str) -> str:
    """The exact decimal string: at least the currency's own decimals, at most six."""
    whole, fraction = divmod(abs(micros), MICROS)
    digits = f"{fraction:06d}".rstrip("0").ljust(decimals_of(currency), "0")
    sign = "-" if micros < 0 else ""
    return f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}"
