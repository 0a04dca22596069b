"""Random rate tables."""

from __future__ import annotations

from random import Random

from tests.reference.numbering import Document, prefixes_of
from tests.reference.random_fields import (
    DATES,
    DESTINATIONS,
    DIRECTIONS,
    EXPRESSIONS,
    GROUPS,
    PREFIXES,
    UNITS,
    Fields,
    add,
    chance,
    period_codes,
)
from tests.reference.random_prices import simple


def table(random: Random, document: Document, code: str, service: str) -> Fields:
    """A table of the service, seldom of another one."""
    fields: Fields = {"code": code, "service": service if chance(random, 90) else "voice"}
    add(random, fields, 10, "direction", random.choice(DIRECTIONS))
    if document["calendars"]:
        codes = [calendar["code"] for calendar in document["calendars"]]
        add(random, fields, 80, "calendar", random.choice(codes))
    add(random, fields, 15, "switch", "start")
    _date(random, fields, 20)
    fields["rates"] = []
    for _ in range(random.randint(1, 5)):
        selector = _selector(random, octets=UNITS[fields["service"]] == "octet")
        for _ in range(random.randint(1, 3)):  # the same at other times
            name = f"{code}-{len(fields['rates'])}"
            rate = {"name": name, **selector, **_rate(random, document, fields)}
            if not _clashes(document, fields["rates"], rate):
                fields["rates"].append(rate)
    return fields


def _date(random: Random, fields: Fields, percent: int) -> None:
    bound = random.choice(["effective_from", "effective_until"])
    add(random, fields, percent, bound, random.choice(DATES))


def _rate(random: Random, document: Document, owner: Fields) -> Fields:
    octets = UNITS[owner["service"]] == "octet"
    rate: Fields = {}
    if "calendar" in owner:
        add(random, rate, 40, "period", random.choice(period_codes(document, owner["calendar"])))
    _date(random, rate, 20)
    add(random, rate, 10, "hidden", True)
    kind = random.choice(["simple"] * 10 + ["formula", "expression", "forbidden"])
    if kind == "formula":
        rate["formula"] = "f0"
    elif kind == "expression":
        rate["expression"] = random.choice(EXPRESSIONS)
    elif kind == "forbidden":
        rate["forbidden"] = True
    else:
        rate |= simple(random, octets=octets)
    return rate


def _selector(random: Random, *, octets: bool) -> Fields:
    kind = random.choice(["prefix", "prefix", "any", "any", "default", "destination", "symbol"])
    if kind == "any":
        return {"prefix": ""}
    if kind == "default":
        return {"default": True}
    if octets or chance(random, 3):
        return {"rating_group": random.choice(GROUPS)}
    if kind == "prefix":
        return {"prefix": random.choice(PREFIXES)}
    if kind == "symbol":
        return {"symbol": random.choice(["favourite", "cug", "on_net"])}
    return {"destination": random.choice(DESTINATIONS)["code"]}


def _clashes(document: Document, rates: list[Fields], rate: Fields) -> bool:
    """Whether the table has a rate for the same at a time this one would hold."""
    return any(
        other.get("period") == rate.get("period")
        and set(_keys(document, other)) & set(_keys(document, rate))
        and not _follow_each_other(other, rate)
        for other in rates
    )


def _keys(document: Document, rate: Fields) -> list[str]:
    if "destination" in rate:
        return prefixes_of(document, rate["destination"])
    if "prefix" in rate:
        return [rate["prefix"]]
    others = ("symbol", "rating_group", "default")
    return [f"{name} {rate[name]}" for name in others if name in rate]


def _follow_each_other(one: Fields, other: Fields) -> bool:
    return any(
        "effective_until" in first and second.get("effective_from", "") >= first["effective_until"]
        for first, second in [(one, other), (other, one)]
    )
