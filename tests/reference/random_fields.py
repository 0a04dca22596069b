"""Random places, calendars and values for catalogues: valid, and close together on purpose."""

from __future__ import annotations

from random import Random
from typing import Any

Fields = dict[str, Any]

PREFIXES = ["", "1", "38", "385", "38591", "3859", "44", "447"]
NUMBERS = [
    *("38591234567", "3851234567", "447700900123", "442071234567", "12125551234", "4977"),
    *("+38591234567", "0038591234567", "091234567", "0800123456", "112", "999"),
    *("tel:+385-91-23;phone-context=x", "sip:0038591@ims.example;user=phone", "385800123"),
]
NUMBERING = {
    "country_code": "385",
    "international_prefixes": ["00"],
    "national_prefix": "0",
    "replace": [{"prefix": "0800", "with": "385800"}, {"prefix": "08", "with": "3858"}],
}
DESTINATIONS = [
    {"code": "croatia", "prefixes": ["385", "38591"]},
    {"code": "mobile", "prefixes": ["3859", "447"]},
    {"code": "europe", "prefixes": ["44"], "include": ["croatia", "mobile"]},
]
SPECIALS = [
    {"code": "sos", "kind": "emergency", "prefixes": ["112", "911"]},
    {"code": "free", "kind": "toll_free", "prefixes": ["385800"]},
]
ZONES = [
    {"code": "home", "plmns": ["21901"], "msc_prefixes": ["38591"]},
    {"code": "zone1", "plmns": ["310", "302720"], "msc_prefixes": ["1", "3859"]},
    {"code": "zone2", "plmns": ["219"], "msc_prefixes": ["385"]},
]
CELL_GROUPS = [{"code": "stadium", "cells": ["21901-100", "21901-7-7"]}]
TIME_ZONES = ["UTC", "Europe/Zagreb", "America/New_York", "Asia/Kolkata"]
DATES = [
    "2026-03-29T01:00:00Z",  # clocks in Zagreb go from 02:00 to 03:00
    "2026-10-25T01:00:00Z",  # and from 03:00 to 02:00
    "2026-03-08T07:00:00Z",  # the same in New York
    "2026-11-01T06:00:00Z",
    "2026-11-27T19:00:00Z",  # a Friday evening
    "2026-12-24T23:00:00Z",
]
WALL_TIMES = ["00:00", "01:30", "02:00", "02:30", "03:00", "08:00", "20:00", "23:59"]
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
UNITS = {"voice": "second", "sms": "event", "data": "octet"}
DIRECTIONS = ["originating", "terminating", "forwarded"]
GROUPS = [10, 20]
ROUNDINGS = ["up", "half_up", "half_even", "down"]
EXPRESSIONS = [
    "0.02 * ceil(units / 60) + if(destination_is('385'), 0, 0.10)",
    "max(0.05, units * 0.001)",
    "min(3, units / 60 * if(zone_is('home'), 0.1, 0.2))",
    "if(hour >= 8 and hour < 20, 0.2, 0.1) * units / 60",
    "floor(units / 10) * 0.01 - 0.05",
    "if(not zone_is('home') or rating_group == 10, 2, 1) * 0.01 * units",
    "if(weekday > 5, 0.01, 0.02) * (units + 3) / 7",
]


def chance(random: Random, percent: int) -> bool:
    """True so often."""
    return random.randrange(100) < percent


def some_of(random: Random, values: list[Any]) -> list[Any]:
    """A few of the values."""
    return random.sample(values, random.randint(1, min(3, len(values))))


def decimal(random: Random, largest: int, places: int) -> str:
    """A decimal string from 0 to `largest`."""
    scale = 10**places
    number = random.randint(0, largest * scale)
    return f"{number // scale}.{number % scale:0{places}d}"


def add(random: Random, fields: Fields, percent: int, name: str, value: Any) -> None:
    """Gives the object a field, so often."""
    if chance(random, percent):
        fields[name] = value


def calendar(random: Random, code: str) -> Fields:
    """A calendar of one to three periods, whose codes are its own."""
    periods = [period(random, f"{code}-{number}") for number in range(random.randint(1, 3))]
    fields: Fields = {"code": code, "periods": periods}
    if chance(random, 30):
        fields |= {"holidays": ["2026-12-25", "2026-11-27"], "holiday_period": f"{code}-0"}
    return fields


def period(random: Random, code: str) -> Fields:
    """A period with any of its conditions."""
    fields: Fields = {"code": code}
    if chance(random, 70):
        fields["from"], fields["to"] = random.sample(WALL_TIMES, 2)
    kind = random.choice(["", "", "weekdays", "months", "monthdays"])
    if kind == "weekdays":
        fields["weekdays"] = some_of(random, WEEKDAYS)
    elif kind == "months":
        fields["months"] = some_of(random, [3, 10, 11, 12])
    elif kind == "monthdays":
        fields["monthdays"] = some_of(random, [1, 8, 25, 27, 29])
    return fields


def period_codes(document: Fields, calendar_code: str | None = None) -> list[str]:
    """Of one calendar, or of all."""
    return [
        entry["code"]
        for owner in document["calendars"]
        if calendar_code in (None, owner["code"])
        for entry in owner["periods"]
    ]
