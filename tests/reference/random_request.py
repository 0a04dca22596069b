"""Random usages of random catalogues."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st
from tests.reference import random_fields as lists
from tests.reference.numbering import Document
from tests.reference.random_catalogue import catalogue
from tests.reference.random_fields import Fields, add, chance, decimal
from tests.reference.random_payers import content

Case = tuple[Document, Fields]

LOCATIONS: list[Fields] = [
    {},
    {"plmn": "21901", "cell": "21901-100-7788"},
    {"cell": "310410-7-7"},
    {"plmn": "21902", "msc": "3859111"},
    {"msc": "3859211"},
    {"msc": "12125551234"},
    {"plmn": "26201", "msc": "1212"},
    {"cell": "21901-7-7"},
]
PROPERTIES: dict[str, Any] = {
    "apn": "internet",
    "service_identifier": 1,
    "rat_type": 6,
    "qos_class": 9,
    "slice": "1-000001",
    "access_network": "wlan",
}


def randoms() -> st.SearchStrategy[Random]:
    """A source of randomness by its seed: much faster than drawing every value by itself."""
    return st.integers(0, 2**63).map(Random)


def cases() -> st.SearchStrategy[Case]:
    """A catalogue and a usage."""
    return randoms().map(case)


def case(random: Random) -> Case:
    """The catalogue and the usage of this source."""
    service = random.choice(["voice", "voice", "sms", "data"])
    document = catalogue(random, service)
    return document, request(random, document, service)


def request(random: Random, document: Document, service: str) -> Fields:
    """A usage of a service of the catalogue, close to a boundary more often than not."""
    fields: Fields = {
        "product": "main",
        "addons": random.choice([[], ["addon1"], ["addon1", "addon2"]]),
        "service": service,
        "at": moment(random),
        "usage": usage(random, service),
        "session": random.choice(["quote", "s;1", "gw;7;ž"]),
        "location": random.choice(LOCATIONS),
        "balance": random.choice([None, decimal(random, 10, 3)]),
    }
    if service == "data":
        add(random, fields, 80, "rating_group", random.choice([30, *lists.GROUPS]))
        for name, value in PROPERTIES.items():
            add(random, fields, 30, name, value)
        add(random, fields, 60, "usage_after_change", random.randint(0, fields["usage"]))
    else:
        fields["destination"] = random.choice(lists.NUMBERS)
        add(random, fields, 10, "rating_group", random.choice(lists.GROUPS))
        add(random, fields, 15, "direction", random.choice(lists.DIRECTIONS))
        for symbol, percent in (("on_net", 40), ("favourite", 20), ("cug", 20)):
            add(random, fields, percent, symbol, True)
    add(random, fields, 50, "time_zone", random.choice(lists.TIME_ZONES))
    if document["buckets"]:
        add(random, fields, 60, "buckets", _contents(random, document, service))
    if document["discounts"]:
        counters = [_counter(random, rule) for rule in document["discounts"]]
        add(random, fields, 60, "counters", counters)
    return fields


def usage(random: Random, service: str) -> int:
    """How much: often little, seldom very much."""
    if lists.UNITS[service] == "octet":
        largest = random.choice([400, 10**6, 10**6, 10**6, 10**11])
    elif lists.UNITS[service] == "event":
        largest = 30
    else:
        largest = random.choice([60, 400, 4000, 10_000, 20_000, 100_000])
    return 0 if chance(random, 2) else random.randint(1, largest)


def moment(random: Random) -> str:
    """Around one of the dates at which something happens."""
    around = datetime.fromisoformat(random.choice(lists.DATES))
    seconds = random.randint(-120, 60) * random.choice([1, 60, 300])
    milliseconds = random.choice([0, 0, 0, 1, 500, 999])
    at = around + timedelta(seconds=seconds, milliseconds=milliseconds)
    return at.isoformat(timespec="milliseconds")


def _contents(random: Random, document: Document, service: str) -> list[Fields]:
    contents: list[Fields] = []
    for _ in range(random.randint(0, 4)):
        rule = random.choice(document["buckets"])
        money = rule["unit"] == "money"
        remaining = decimal(random, 3, 4) if money else str(content(random, rule["unit"], service))
        expires = random.choice([None, *lists.DATES, "2030-01-01T00:00:00Z"])
        contents.append({"code": rule["code"], "remaining": remaining, "expires_at": expires})
    return contents


def _counter(random: Random, rule: Fields) -> Fields:
    money = rule["measure"] == "money"
    used = decimal(random, 5, 3) if money else str(random.randint(0, 500))
    return {"discount": rule["code"], "used": used}
