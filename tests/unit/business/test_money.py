"""Amounts: exact both ways, or an error."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openmvno.errors import DomainError
from openmvno.money import MAXIMUM_MICROS, format_amount, parse_amount, parse_positive_amount


@given(st.integers(-MAXIMUM_MICROS, MAXIMUM_MICROS), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_what_is_shown_reads_back_the_same(micros: int, currency: str) -> None:
    assert parse_amount(format_amount(micros, currency)) == micros


@given(st.decimals(-1000, 1000, places=6))
def test_reads_what_decimal_reads(value: Decimal) -> None:
    assert parse_amount(f"{value:f}") == int(value * 1_000_000)


@pytest.mark.parametrize(
    ("micros", "currency", "text"),
    [
        (0, "EUR", "0.00"),
        (100_000, "EUR", "0.10"),
        (-50_001, "EUR", "-0.050001"),
        (875_000, "EUR", "0.875"),
        (5_000_000, "JPY", "5"),
        (5_000_000, "KWD", "5.000"),
    ],
)
def test_shows(micros: int, currency: str, text: str) -> None:
    assert format_amount(micros, currency) == text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0.1000000", "amount_precision"),
        ("1e3", "amount_invalid"),
        ("1,5", "amount_invalid"),
        (" 1", "amount_invalid"),
        ("", "amount_invalid"),
        (".5", "amount_invalid"),
        ("1.", "amount_invalid"),
        ("+1", "amount_invalid"),
        ("٣", "amount_invalid"),
        ("1000000000.000001", "amount_out_of_range"),
        ("9" * 16, "amount_invalid"),
    ],
)
def test_refuses(text: str, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        parse_amount(text, "initial_top_up.amount")
    assert refused.value.code == code
    assert refused.value.field == "initial_top_up.amount"


@pytest.mark.parametrize("text", ["0", "-1", "0.000000"])
def test_refuses_what_is_not_positive(text: str) -> None:
    with pytest.raises(DomainError) as refused:
        parse_positive_amount(text)
    assert refused.value.code == "amount_out_of_range"
