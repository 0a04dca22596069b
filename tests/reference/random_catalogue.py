"""Random catalogues."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.reference import random_fields as lists
from tests.reference.numbering import Document
from tests.reference.random_fields import Fields, add, chance, period_codes, some_of
from tests.reference.random_payers import bucket, discount
from tests.reference.random_prices import formula
from tests.reference.random_tables import table


def catalogue(random: Random, service: str) -> Document:
    """A catalogue that prices mostly one service, so that its rules meet."""
    document: Document = {
        "currency": "EUR",
        "rounding": random.choice(lists.ROUNDINGS),
        "time_zone": random.choice(lists.TIME_ZONES),
        "numbering": lists.NUMBERING,
        "services": [_service(code, unit) for code, unit in lists.UNITS.items()],
        "destinations": lists.DESTINATIONS + random.choice([[], lists.SPECIALS]),
        "zones": lists.ZONES,
        "cell_groups": lists.CELL_GROUPS,
        "calendars": [lists.calendar(random, f"c{n}") for n in range(random.choice([0, 1, 1, 2]))],
        "formulas": [formula(random, "f0")],
    }
    add(random, document, 30, "unknown_zone", random.choice(["reject", "zone1"]))
    count = random.randint(2, 4)
    tables = [table(random, document, f"t{n}", service) for n in range(count)]
    document["buckets"] = [
        bucket(random, document, f"b{n}", service) for n in range(random.randint(0, 3))
    ]
    document["discounts"] = [
        discount(random, document, f"d{n}", service) for n in range(random.randint(0, 2))
    ]
    document["rate_tables"] = tables
    document["products"] = _products(random, document)
    document["rate_tables"] = [
        *tables,
        *[table(random, document, f"p{n}", service) for n in range(2)],
    ]
    document["partners"] = random.choice([[], PARTNERS])
    return document


PARTNERS: list[Fields] = [
    {"code": "reseller", "role": "reseller", "currency": "USD", "rate_tables": ["p0"]},
    {"code": "carrier", "role": "vendor", "currency": "EUR", "rate_tables": ["p1"]},
]


def _service(code: str, unit: str) -> Fields:
    grant = {"default": 60, "maximum": 86400, "validity_time": 600}
    return {"code": code, "unit": unit, "grant": grant}


def _products(random: Random, document: Document) -> list[Fields]:
    products: list[Fields] = []
    for number, code in enumerate(["main", "addon1", "addon2"]):
        product: Fields = {"code": code, "name": code, "kind": "addon" if number else "main"}
        product["rate_tables"] = _placed(random, document)
        if number:
            product["precedence"] = number
        else:
            product["overrun"] = random.choice(["absorb", "debt"])
            group = {"outgoing": "barred", "incoming": "allowed"}
            add(random, product, 5, "closed_user_group", group)
        for kind in ("buckets", "discounts"):
            if document[kind]:
                codes = [entry["code"] for entry in document[kind]]
                add(random, product, 70, kind, some_of(random, codes))
        products.append(product)
    return products


def _placed(random: Random, document: Document) -> list[Any]:
    """Rate tables of a product, some under a condition."""
    entries: list[Any] = []
    for owner in some_of(random, document["rate_tables"]):
        if chance(random, 20):
            conditions = _conditions(random, document, owner.get("calendar"))
            entries.append({"table": owner["code"], "when": conditions})
        else:
            entries.append(random.choice([owner["code"], {"table": owner["code"]}]))
    return entries


def _conditions(random: Random, document: Document, calendar: str | None) -> Fields:
    choices: dict[str, list[Any]] = {
        "zones": ["home", "zone1"],
        "cell_groups": ["stadium"],
        "apns": ["internet", "ims"],
        "rating_groups": lists.GROUPS,
        "service_identifiers": [1],
        "rat_types": [6],
        "qos_classes": [9],
        "slices": ["1-000001"],
        "access_networks": ["wlan"],
    }
    if calendar is not None:
        choices["periods"] = period_codes(document, calendar)
    name = random.choice([*choices, list(choices)[-1]])
    return {name: some_of(random, choices[name])}
