"""A catalogue with everything that decides who pays: periods, buckets, discounts, partners."""

from __future__ import annotations

from typing import Any

DOCUMENT: dict[str, Any] = {
    "currency": "EUR",
    "time_zone": "Europe/Zagreb",
    "numbering": {"country_code": "385", "national_prefix": "0", "international_prefixes": ["00"]},
    "services": [
        {
            "code": "voice",
            "unit": "second",
            "service_contexts": ["32260@3gpp.org"],
            "grant": {"default": 60, "maximum": 36000, "validity_time": 600},
        },
        {
            "code": "sms",
            "unit": "event",
            "service_contexts": ["32274@3gpp.org"],
            "grant": {"default": 1, "maximum": 1000, "validity_time": 600},
        },
        {
            "code": "data",
            "unit": "octet",
            "service_contexts": ["32251@3gpp.org"],
            "grant": {"default": 1000, "maximum": 1000000000, "validity_time": 600},
        },
    ],
    "calendars": [
        {"code": "days", "periods": [{"code": "offpeak", "from": "20:00", "to": "08:00"}]}
    ],
    "formulas": [
        {
            "code": "lottery",
            "steps": [
                {"fixed": "0.07", "probability": 50},
                {"interval": 1, "price": "0.013"},
            ],
            "allow_random": True,
        }
    ],
    "rate_tables": [
        {
            "code": "voice-standard",
            "service": "voice",
            "calendar": "days",
            "rates": [
                {"symbol": "favourite", "name": "Friends", "price": "0.01", "per": 60},
                {"symbol": "on_net", "name": "Ours", "price": "0.02", "per": 60},
                {
                    "prefix": "385",
                    "name": "Croatia",
                    "price": "0.10",
                    "per": 60,
                    "first_interval": 60,
                    "next_interval": 7,
                    "connection_fee": "0.05",
                    "grace": 2,
                },
                {
                    "prefix": "385",
                    "name": "Croatia by night",
                    "price": "0.037",
                    "per": 60,
                    "period": "offpeak",
                },
                {
                    "prefix": "49",
                    "name": "Germany",
                    "expression": "0.013 * ceil(units / 9) + if(period_is('offpeak'), 0, 0.10)",
                },
            ],
        },
        {
            "code": "sms-standard",
            "service": "sms",
            "rates": [
                {"prefix": "385", "name": "Message", "price": "0.333333"},
                {"prefix": "49", "name": "Lottery", "formula": "lottery"},
            ],
        },
        {
            "code": "data-standard",
            "service": "data",
            "rates": [
                {"rating_group": 10, "name": "Web", "price": "1.00", "per": 100000},
                {"default": True, "name": "Other", "price": "0.10", "per": 100000},
            ],
        },
        {
            "code": "wholesale",
            "service": "sms",
            "rates": [{"prefix": "", "name": "All", "price": "0.01"}],
        },
    ],
    "buckets": [
        {
            "code": "talk",
            "unit": "second",
            "amount": 100,
            "interval": 10,
            "pays": [{"service": "voice", "destinations": ["croatia"]}],
            "renew": "month",
        },
        {
            "code": "coins",
            "unit": "unit",
            "amount": 10,
            "interval": 2,
            "pays": [{"service": "sms", "cost": 3, "per": 2}],
        },
        {"code": "purse", "unit": "money", "amount": "0.80", "pays": [{"service": "data"}]},
    ],
    "destinations": [{"code": "croatia", "prefixes": ["385"]}],
    "discounts": [
        {
            "code": "more-data",
            "applies": [{"service": "data"}],
            "renew": "month",
            "tiers": [
                {"from": 0, "percent": "0"},
                {"from": 60000, "percent": "12.5"},
                {"from": 150000, "percent": "33.33"},
            ],
        }
    ],
    "partners": [
        {"code": "carrier", "role": "vendor", "currency": "USD", "rate_tables": ["wholesale"]}
    ],
    "products": [
        {
            "code": "basic",
            "name": "Basic",
            "rate_tables": ["voice-standard", "sms-standard", "data-standard"],
            "buckets": ["talk"],
            "discounts": ["more-data"],
        },
        {"code": "pack", "kind": "addon", "buckets": ["coins", "purse"]},
        {"code": "friends", "kind": "addon", "favourites": {"limit": 3}},
    ],
}
