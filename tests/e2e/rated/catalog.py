"""The catalogue of an operator with everything: prices a reader can check in the head."""

from __future__ import annotations

from typing import Any, Final

MEGABYTE: Final = 1_000_000
INTERNET: Final = 10
"""A Rating-Group."""
MMS: Final = "32270@3gpp.org"
"""Service-Context-Id of MMS (TS 32.270)."""

FRIEND: Final = "385981234567"
ABROAD: Final = "4915112345678"


BY_THOUSANDS: Final = {"first_interval": 1_000, "next_interval": 1_000}


def service(code: str, unit: str, *contexts: str) -> dict[str, Any]:
    """A service with grants that last ten minutes."""
    return {
        "code": code,
        "unit": unit,
        "service_contexts": list(contexts),
        "grant": {"default": 1, "maximum": 10**9, "validity_time": 600},
    }


SERVICES: Final = [
    service("voice", "second", "32260@3gpp.org", "32276@3gpp.org"),
    service("sms", "event", "32274@3gpp.org"),
    service("mms", "event", MMS),
    service("data", "octet", "32251@3gpp.org"),
    service("games", "event"),
]


def table(code: str, of: str, *rates: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A rate table."""
    return {"code": code, "service": of, "rates": list(rates), **fields}


def data_rate(price: str, **fields: Any) -> dict[str, Any]:
    """A price a megabyte, counted by the octet."""
    return {"rating_group": INTERNET, "price": price, "per": MEGABYTE, **fields}


def call_rate(price: str, **selector: Any) -> dict[str, Any]:
    """A price a minute, counted by the second."""
    return {**selector, "price": price, "per": 60}


MAIN_TABLES: Final[list[Any]] = [
    {"table": "voice-usa", "when": {"zones": ["usa"]}},
    "voice-home",
    "sms",
    "mms",
    {"table": "data-usa", "when": {"zones": ["usa"]}},
    "data-home",
    "games",
]

CATALOG: Final[dict[str, Any]] = {
    "currency": "EUR",
    "numbering": {
        "country_code": "385",
        "international_prefixes": ["00"],
        "national_prefix": "0",
        "replace": [{"prefix": "0800", "with": "385800"}],
    },
    "services": SERVICES,
    "destinations": [
        {"code": "emergency", "kind": "emergency", "prefixes": ["112"]},
        {"code": "freephone", "kind": "toll_free", "prefixes": ["385800"]},
    ],
    "zones": [
        {"code": "home", "plmns": ["21901"]},
        {"code": "usa", "plmns": ["310"]},
    ],
    "rate_tables": [
        table(
            "voice-home",
            "voice",
            call_rate("0.06", symbol="cug", name="Within the group"),
            call_rate("0.03", symbol="favourite", name="Friend"),
            call_rate("0.12", prefix="385", name="Croatia"),
            call_rate("0.60", prefix="", name="World"),
        ),
        table("voice-usa", "voice", call_rate("1.20", prefix="", name="From the USA")),
        table("sms", "sms", {"prefix": "", "name": "Text", "price": "0.08"}),
        table(
            "mms",
            "mms",
            {"prefix": "385", "name": "Picture", "price": "0.15"},
            {"prefix": "", "name": "Picture abroad", "price": "0.25"},
        ),
        table("data-home", "data", data_rate("0.10", name="Internet", **BY_THOUSANDS)),
        table("data-usa", "data", data_rate("5.00", name="Internet in the USA", **BY_THOUSANDS)),
        table("games", "games", {"default": True, "name": "Game", "price": "0.99"}),
        table("wholesale-data", "data", data_rate("0.04", name="Wholesale")),
        table("wholesale-voice", "voice", call_rate("0.05", prefix="", name="Wholesale")),
    ],
    "buckets": [
        {
            "code": "pack",
            "unit": "octet",
            "amount": 2 * MEGABYTE,
            "pays": [{"service": "data"}],
            "thresholds": [50, 100],
        },
        {
            "code": "texts",
            "unit": "event",
            "pays": [{"service": "sms"}],
            "top_ups": [{"code": "ten", "price": "0.50", "amount": 10, "days": 30}],
        },
    ],
    "products": [
        {
            "code": "basic",
            "rate_tables": MAIN_TABLES,
            "buckets": ["texts"],
            "favourites": {"limit": 3, "patterns": ["385"]},
        },
        {
            "code": "team",
            "rate_tables": MAIN_TABLES,
            "closed_user_group": {"outgoing": "barred", "incoming": "allowed"},
        },
        {"code": "data-pack", "kind": "addon", "requires": ["basic"], "buckets": ["pack"]},
    ],
    "partners": [
        {
            "code": "reseller-1",
            "role": "reseller",
            "currency": "USD",
            "rate_tables": ["wholesale-data", "wholesale-voice"],
        }
    ],
}
