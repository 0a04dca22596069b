"""A catalogue as large operators have it: 100,000 prefixes, three periods, five add-ons a line.

Its main product is that of the sample subscribers with more in it, so they can have it.
"""

from __future__ import annotations

import csv
import json
import random
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

PREFIXES = 100_000
PREFIX_DIGITS = (5, 8)
FIRST_DIGIT = "3"
NUMBER_DIGITS = 12
"""Every number called is FIRST_DIGIT and eleven more digits; few have no prefix of their own."""

MAIN = "prepaid-basic"
ADDONS = ("evenings", "abroad", "minutes", "data-pack", "weekends")
"""The precedence falls in this order."""

PERIODS = ("night", "evening", "weekend")
PERIOD_SHARE = 10
"""One prefix in so many has a price of its own in each period."""

RATE_FIELDS = ("prefix", "price", "per", "first_interval", "next_interval", "period")
RATES_FILE, DOCUMENT_FILE = "world.csv", "rich.yaml"
SEED = 42


def rate_rows(count: int = PREFIXES) -> list[dict[str, str]]:
    """The rates of the world, in the order of their prefixes."""
    chance = random.Random(SEED)
    prefixes: set[str] = set()
    while len(prefixes) < count:
        digits = chance.randint(*PREFIX_DIGITS) - len(FIRST_DIGIT)
        prefixes.add(f"{FIRST_DIGIT}{chance.randrange(10**digits):0{digits}d}")
    rows = []
    for position, prefix in enumerate(sorted(prefixes)):
        periods = ("", *PERIODS) if position % PERIOD_SHARE == 0 else ("",)
        for discount, period in enumerate(periods):
            price = f"0.{400 + position * 7 % 500 - discount * 50:04d}"
            values = (prefix, price, "60", "60", "6", period)
            rows.append(dict(zip(RATE_FIELDS, values, strict=True)))
    return rows


def document(rates: dict[str, Any]) -> dict[str, Any]:
    """The catalogue; ``rates``: what its large rate table says of its rates."""
    text = resources.files("openmvno.sample").joinpath("catalog.yaml").read_text("utf-8")
    sample: dict[str, Any] = yaml.safe_load(text)
    main = next(product for product in sample["products"] if product["code"] == MAIN)
    value: dict[str, Any] = {
        "currency": sample["currency"],
        "time_zone": "Europe/Zagreb",
        "services": sample["services"],
        "rate_tables": [t for t in sample["rate_tables"] if t["code"] in main["rate_tables"]],
        "products": [main],
    }
    value["zones"] = [{"code": "home", "plmns": ["99970"]}, {"code": "abroad", "plmns": ["310"]}]
    value["destinations"] = [
        {"code": "neighbours", "prefixes": [f"{FIRST_DIGIT}{n}" for n in range(4)]},
        {"code": "near", "prefixes": [f"{FIRST_DIGIT}{n}" for n in (4, 5)]},
    ]
    workdays = ["mon", "tue", "wed", "thu", "fri"]
    value["calendars"] = [
        {
            "code": "week",
            "periods": [
                {"code": "weekend", "weekdays": ["sat", "sun"]},
                {"code": "night", "from": "22:00", "to": "06:00"},
                {"code": "evening", "weekdays": workdays, "from": "18:00", "to": "22:00"},
            ],
        }
    ]
    value["rate_tables"] += [
        {"code": "world", "service": "voice", "calendar": "week", **rates},
        _table("near-evenings", {"destination": "near", "price": "0.02"}, calendar="week"),
        _table("voice-abroad", {"default": True, "price": "1.20"}),
    ]
    value["buckets"] = [
        {**_bucket("minutes", "second", 6000), "pays": [_voice(destinations=["neighbours"])]},
        {
            **_bucket("gigabyte", "octet", 1 << 30),
            "pays": [{"service": "data", "rating_groups": [10]}],
        },
        {**_bucket("weekend-money", "money", "5.00"), "pays": [_voice(periods=["weekend"])]},
    ]
    value["discounts"] = [
        {
            "code": "volume",
            "applies": [_voice()],
            "measure": "units",
            "renew": "month",
            "mode": "split",
            "tiers": [{"from": 0, "percent": "0"}, {"from": 6000, "percent": "10"}],
        }
    ]
    evenings = {"table": "near-evenings", "when": {"periods": ["evening", "weekend"]}}
    contents: list[dict[str, Any]] = [
        {"rate_tables": [evenings]},
        {"rate_tables": [{"table": "voice-abroad", "when": {"zones": ["abroad"]}}]},
        {"buckets": ["minutes"]},
        {"buckets": ["gigabyte"]},
        {"buckets": ["weekend-money"], "discounts": ["volume"]},
    ]
    main["rate_tables"].insert(0, "world")
    given = list(zip(ADDONS, contents, strict=True))
    for precedence, (code, content) in enumerate(reversed(given), 1):
        addon = {"code": code, "kind": "addon", "precedence": 10 * precedence, **content}
        value["products"].append(addon)
    return value


def compact() -> bytes:
    """The catalogue as the core takes it."""
    rows = [
        {name: _typed(name, text) for name, text in row.items() if text or name == "prefix"}
        for row in rate_rows()
    ]
    return json.dumps(document({"rates": rows})).encode()


def write(folder: Path) -> Path:
    """The document with its rates in a CSV file beside it, as people keep it."""
    with (folder / RATES_FILE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, RATE_FIELDS)
        writer.writeheader()
        writer.writerows(rate_rows())
    path = folder / DOCUMENT_FILE
    path.write_text(yaml.safe_dump(document({"rates_csv": RATES_FILE})), "utf-8")
    return path


def _typed(name: str, text: str) -> str | int:
    return int(text) if name in ("per", "first_interval", "next_interval") else text


def _table(code: str, rate: dict[str, Any], **more: str) -> dict[str, Any]:
    return {"code": code, "service": "voice", **more, "rates": [{**rate, "per": 60}]}


def _bucket(code: str, unit: str, amount: str | int) -> dict[str, Any]:
    return {"code": code, "name": code, "unit": unit, "amount": amount, "renew": "month"}


def _voice(**conditions: list[str]) -> dict[str, Any]:
    return {"service": "voice", **conditions}


if __name__ == "__main__":
    print(compact().decode())
