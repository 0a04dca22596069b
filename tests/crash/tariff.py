"""The auditor's own prices: fractions, nothing of ours."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any


@dataclass(frozen=True)
class Rate:
    """A price with its intervals; prices as the catalogue writes them."""

    price: str
    per: int
    first: int = 1
    following: int = 1
    fee: str = "0"

    def micros(self, usage: int) -> int:
        """Price of so many units, rounded half up once."""
        if usage == 0:
            return 0
        billed = self.first
        while billed < usage:  # what the closed form is held against
            billed += self.following * max(1, (usage - billed) // self.following)
        exact = (Fraction(self.fee) + Fraction(self.price) * billed / self.per) * 1_000_000
        return int(exact + Fraction(1, 2))

    def document(self, **selector: Any) -> dict[str, Any]:
        """The rate in a catalogue document."""
        return {
            **selector,
            "name": "rate",
            "price": self.price,
            "per": self.per,
            "first_interval": self.first,
            "next_interval": self.following,
            "connection_fee": self.fee,
        }


VOICE = Rate("0.10", 60, first=60, following=6, fee="0.05")
SMS = Rate("0.05", 1)
INTERNET = Rate("0.10", 1_000_000, first=1000, following=1000)
# Not a whole number of micros per interval, so that rounding cannot hide.
MUSIC = Rate("0.033333", 1_000_000, first=7, following=7)

BY_GROUP = {0: VOICE, 10: INTERNET, 20: MUSIC}

VOICE_CONTEXT, SMS_CONTEXT, DATA_CONTEXT = "32260@3gpp.org", "32274@3gpp.org", "32251@3gpp.org"


def service(code: str, unit: str, context: str, default: int) -> dict[str, Any]:
    grant = {"default": default, "maximum": 10**9, "validity_time": 600}
    return {"code": code, "unit": unit, "service_contexts": [context], "grant": grant}


CATALOG: dict[str, Any] = {
    "currency": "EUR",
    "rounding": "half_up",
    "services": [
        service("voice", "second", VOICE_CONTEXT, 60),
        service("sms", "event", SMS_CONTEXT, 1),
        service("data", "octet", DATA_CONTEXT, 1_000_000),
    ],
    "rate_tables": [
        {"code": "v", "service": "voice", "rates": [VOICE.document(prefix="")]},
        {"code": "s", "service": "sms", "rates": [SMS.document(prefix="")]},
        {
            "code": "d",
            "service": "data",
            "rates": [INTERNET.document(rating_group=10), MUSIC.document(rating_group=20)],
        },
    ],
    "products": [
        {
            "code": "prepaid",
            "name": "Prepaid",
            "rate_tables": ["v", "s", "d"],
            "overrun": "absorb",
        }
    ],
}
