"""What a top-up of a wallet contains and costs."""

from __future__ import annotations

from typing import Any

import pytest

from openmvno.catalog import Bucket, TopUpOption
from openmvno.wallets.errors import (
    TopUpUnknown,
    WalletAmountInvalid,
    WalletPriceUnknown,
    WalletTopUpAmbiguous,
)
from openmvno.wallets.model import Content, TopUpWish
from openmvno.wallets.rules import MOST_UNITS, content_of, format_units, parse_units

MINUTES = Bucket("min", "Minutes", "second", False, [TopUpOption("small", 5_000_000, 6000, 10)])
PURSE = Bucket("purse", "Purse", "money", False, [])


def wish(**given: Any) -> TopUpWish:
    plain = {"bucket": "min", "option": None, "amount": None, "days": None, "pay": "none"}
    return TopUpWish(**{**plain, **given})


def test_an_option_brings_its_amount_days_and_price() -> None:
    for pay, price in (("balance", 5_000_000), ("cash", 5_000_000), ("none", 0)):
        content = content_of(MINUTES, wish(option="small", pay=pay))
        assert content == Content("small", 6000, 10, price)
    with pytest.raises(TopUpUnknown, match="small"):
        content_of(MINUTES, wish(option="large"))


def test_an_amount_of_money_is_its_price_and_units_have_none() -> None:
    assert content_of(PURSE, wish(amount="2.50", days=3, pay="cash")) == Content(
        None, 2_500_000, 3, 2_500_000
    )
    assert content_of(MINUTES, wish(amount="60")) == Content(None, 60, None, 0)
    with pytest.raises(WalletPriceUnknown):
        content_of(MINUTES, wish(amount="60", pay="balance"))


@pytest.mark.parametrize(
    "given", [{}, {"option": "small", "amount": "1"}, {"option": "small", "days": 1}]
)
def test_either_an_option_or_an_amount(given: dict[str, Any]) -> None:
    with pytest.raises(WalletTopUpAmbiguous):
        content_of(MINUTES, wish(**given))


@pytest.mark.parametrize("text", ["", "0", "-1", "1.0", "01", "1e3", "٣", str(MOST_UNITS + 1)])
def test_units_are_whole_numbers(text: str) -> None:
    with pytest.raises(WalletAmountInvalid):
        parse_units(text, "octet")


def test_units_are_written_as_they_are_read() -> None:
    assert parse_units(str(MOST_UNITS), "octet") == MOST_UNITS
    assert format_units(6000, "second", "EUR") == "6000"
    assert format_units(parse_units("0.000001", "money"), "money", "EUR") == "0.000001"
