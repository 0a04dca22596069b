"""Amounts and the one rounding, in fractions of a micro (10^-6 of the major unit)."""

from __future__ import annotations

from fractions import Fraction

MICROS = 1_000_000
LARGEST_AMOUNT = 2**63 - 1
LARGEST_COUNT = 2**64 - 1


class Overflow(Exception):
    """An amount or a count does not fit: the usage cannot be rated."""


def micros(text: str) -> Fraction:
    """A decimal string of major units in micros, exactly."""
    return Fraction(text) * MICROS


def rounded(exact: Fraction, rounding: str) -> int:
    """The exact amount (never negative) as whole micros."""
    below = exact.numerator // exact.denominator
    rest = exact - below
    if rounding == "down" or rest == 0:
        whole = below
    elif rounding == "up":
        whole = below + 1
    elif rest == Fraction(1, 2):
        whole = below + 1 if rounding == "half_up" or below % 2 == 1 else below
    else:
        whole = below + 1 if rest > Fraction(1, 2) else below
    if whole > LARGEST_AMOUNT:
        raise Overflow
    return whole


def whole_up(exact: Fraction) -> int:
    """The next whole number from `exact` on."""
    return -((-exact.numerator) // exact.denominator)


def decimal(amount: int) -> str:
    """Micros as the answer writes money: major units with six decimals."""
    return f"{amount // MICROS}.{amount % MICROS:06d}"


def percent_text(percent: Fraction) -> str:
    """A percentage with at most two decimals (half up), no trailing zeros: 25, 12.5, 33.33."""
    hundredths = rounded(percent * 100, "half_up")
    text = f"{hundredths // 100}.{hundredths % 100:02d}"
    return text.rstrip("0").rstrip(".")
