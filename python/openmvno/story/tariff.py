"""The catalogue of the story: prices a reader can check in the head."""

from __future__ import annotations

from typing import Any, Final

PRODUCT: Final = "story-prepaid"
CALLED: Final = "385911234567"
FORBIDDEN: Final = "87077123456"

CATALOG: Final[dict[str, Any]] = {
    "currency": "EUR",
    "services": [
        {
            "code": "voice",
            "unit": "second",
            "service_contexts": ["32260@3gpp.org", "32276@3gpp.org"],
            "grant": {"default": 60, "maximum": 3600, "validity_time": 600},
        },
        {
            "code": "sms",
            "unit": "event",
            "service_contexts": ["32274@3gpp.org"],
            "grant": {"default": 1, "maximum": 100, "validity_time": 600},
        },
        {
            "code": "data",
            "unit": "octet",
            "service_contexts": ["32251@3gpp.org"],
            "grant": {"default": 1_000_000, "maximum": 1_000_000_000, "validity_time": 600},
        },
        {
            "code": "roaming-voice",
            "unit": "second",
            "grant": {"default": 60, "maximum": 3600, "validity_time": 600},
        },
    ],
    "rate_tables": [
        {
            "code": "voice-standard",
            "service": "voice",
            "rates": [
                {
                    "prefix": "385",
                    "name": "Croatia",
                    "price": "0.10",
                    "per": 60,
                    "first_interval": 60,
                    "next_interval": 6,
                    "connection_fee": "0.05",
                },
                {
                    "prefix": "3859",
                    "name": "Croatia mobile",
                    "price": "0.20",
                    "per": 60,
                    "first_interval": 60,
                    "next_interval": 6,
                    "connection_fee": "0.05",
                },
            ],
        },
        {
            "code": "sms-standard",
            "service": "sms",
            "rates": [{"prefix": "", "name": "Anywhere", "price": "0.08", "per": 1}],
        },
        {
            "code": "data-standard",
            "service": "data",
            "rates": [
                {
                    "rating_group": 10,
                    "name": "Internet",
                    "price": "0.10",
                    "per": 1_000_000,
                    "first_interval": 1_000,
                    "next_interval": 1_000,
                },
                {
                    "rating_group": 20,
                    "name": "Music",
                    "price": "0.02",
                    "per": 1_000_000,
                    "first_interval": 1_000,
                    "next_interval": 1_000,
                },
            ],
        },
        {
            "code": "roaming-voice",
            "service": "roaming-voice",
            "rates": [
                {
                    "prefix": "49",
                    "name": "Germany, roaming",
                    "price": "0.50",
                    "per": 60,
                    "first_interval": 60,
                    "next_interval": 60,
                }
            ],
        },
    ],
    "products": [
        {
            "code": PRODUCT,
            "name": "Story prepaid",
            "rate_tables": ["voice-standard", "sms-standard", "data-standard", "roaming-voice"],
            "overrun": "absorb",
        }
    ],
}
