"""Texts that subscribers read on their handsets, by language."""

from __future__ import annotations

from typing import Final

_BALANCE: Final = {
    "en": "Your balance is {amount} {currency}.",
    "de": "Ihr Guthaben beträgt {amount} {currency}.",
    "hr": "Vaše stanje je {amount} {currency}.",
}


def balance_text(language: str, amount: str, currency: str) -> str:
    """What is available to spend, in ``language`` (BCP 47) or else in English."""
    primary = language.partition("-")[0].lower()
    return _BALANCE.get(primary, _BALANCE["en"]).format(amount=amount, currency=currency)
