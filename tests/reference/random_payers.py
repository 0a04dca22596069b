"""Random buckets and discounts."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.reference.numbering import Document
from tests.reference.random_fields import (
    DESTINATIONS,
    DIRECTIONS,
    GROUPS,
    UNITS,
    Fields,
    add,
    chance,
    decimal,
    period_codes,
    some_of,
)


def covering(random: Random, document: Document, service: str) -> Fields:
    """What a bucket pays for or a discount applies to."""
    entry: Fields = {"service": service}
    conditions: dict[str, list[Any]] = {
        "directions": DIRECTIONS,
        "destinations": [row["code"] for row in DESTINATIONS],
        "symbols": ["on_net", "favourite", "cug"],
        "zones": ["home", "zone1", "zone2"],
        "rating_groups": GROUPS,
    }
    if document["calendars"]:
        conditions["periods"] = period_codes(document)
    name = random.choice([*conditions, "periods"])
    if name in conditions and chance(random, 40):
        entry[name] = some_of(random, conditions[name])
    return entry


def bucket(random: Random, document: Document, code: str, service: str) -> Fields:
    """A bucket of any kind for a service."""
    unit = random.choice([UNITS[service], UNITS[service], "money", "unit"])
    scale = scale_of(service)
    fields: Fields = {"code": code, "name": code, "unit": unit}
    fields["amount"] = content(random, unit, service)
    if unit == "money":
        fields["amount"] = decimal(random, 5, 3)
    fields["pays"] = [covering(random, document, service) for _ in range(random.randint(1, 2))]
    if unit == "unit":
        for entry in fields["pays"]:
            entry |= {"cost": random.randint(1, 5), "per": random.choice([1, 60]) * scale}
    add(random, fields, 70, "priority", random.choice([1, 100, 1000, 2000]))
    exhausted = random.choice(["pay_as_you_go"] * 4 + ["block", "throttle"])
    add(random, fields, 80, "exhausted", exhausted)
    if fields.get("exhausted") == "throttle":
        fields["throttle"] = "256kbps"
    if unit != "money":
        add(random, fields, 30, "interval", random.choice([1, 7, 60]))
    add(random, fields, 40, "renew", random.choice(["hour", "day", "week", "month"]))
    if unit != "money" and chance(random, 15):
        fields |= {"shared": True, "member_cap": random.randint(1, 200) * scale}
    return fields


def scale_of(service: str) -> int:
    """Data comes in thousands."""
    return 2000 if UNITS[service] == "octet" else 1


def content(random: Random, unit: str, service: str) -> int:
    """Units in a bucket."""
    return random.choice([0, 1, *[random.randint(0, 400)] * 6]) * (
        1 if unit == "unit" else scale_of(service)
    )


def discount(random: Random, document: Document, code: str, service: str) -> Fields:
    """A volume discount for a service."""
    measure = random.choice(["units", "money"])
    starts = [0, *sorted(random.sample(range(1, 600), random.randint(0, 3)))]
    tiers: list[Fields] = []
    for start in starts:
        begin: Any = start * scale_of(service)
        if measure == "money":
            begin = f"{start / 100:.2f}"
        tiers.append({"from": begin, "percent": decimal(random, 100, 1)})
    return {
        "code": code,
        "applies": [covering(random, document, service)],
        "measure": measure,
        "mode": random.choice(["split", "aggregate"]),
        "tiers": tiers,
    }
