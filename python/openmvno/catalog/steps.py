"""Steps of a quote or an explanation by code and values, so that anybody can say them in any
language.

The core says them in English sentences of a few fixed forms; here each form has its code. A test
holds this table against what the core says: a form that is changed there has no code and is found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

Values = dict[str, str | int | bool]

_MONEY: Final = r"-?\d+\.\d{6}"
_COUNTS: Final = frozenset({"from", "to", "units"})
_FLAGS: Final = frozenset({"continuing", "throttled", "as_recorded"})

_PRICE: Final = (
    r"(?:(?P<number>\S+) is priced by )?(?:a rate without name|(?P<rate>.+)) of (?P<table>\S+?)"
    r"(?:, period (?P<period>\S+?))?(?P<continuing>, going on from the price before)?"
    r"(?:, which product (?P<product>\S+) has)?"
)
_PAYER: Final = (
    r"billed units (?P<from>\d+) to (?P<to>\d+): "
    r"(?:the (?P<balance>balance) pays|(?P<overrun>nobody) pays|bucket (?P<bucket>\S+)"
    r" (?:pays|is used up: (?P<throttled>throttled), free)) "
    rf"(?:(?P<amount>{_MONEY}) (?P<currency>[A-Z]{{3}})|(?P<units>-?\d+) units)"
    r"(?:, (?P<percent>[\d.]+) % off)?(?: by (?P<discount>[^\s;]+))?"
    r"(?P<as_recorded>; taken as recorded: .*)?"
)
_USAGE: Final = (
    r"(?P<units>\d+) (?P<unit>second|octet|event)s of (?P<service>\S+?)"
    r"(?: to or from (?P<number>.+))?"
)

_FORMS: Final[tuple[tuple[str, str, str], ...]] = (
    ("line", "line", r"(?P<number>\d*) has (?P<products>.+)"),
    ("number", "number", r"(?P<raw>.+) is (?P<number>\S+) in international digits"),
    ("emergency", "destination", r"(?P<number>.+) is an emergency number: free"),
    ("toll_free", "destination", r"(?P<number>.+) is toll-free"),
    ("zone", "zone", r"the user (?:is|was) in zone (?P<zone>.*)"),
    ("forbidden", "result", r"the price or a closed user group forbids it"),
    ("no_rate", "result", r"no rate of the line's products matches"),
    ("not_sold", "result", r"none of the line's products has a price for the service"),
    ("unknown_zone", "result", r"the network is in no zone, and the catalogue rejects those"),
    ("blocked", "result", r"a used-up bucket refuses it"),
    ("out_of_service", "result", r"the line is not in service"),
    ("overflow", "result", r"the price is beyond what can be represented"),
    ("free_number", "price", r"(?P<number>.*) is free for the one who calls it"),
    ("no_new_unit", "price", r"no new billed unit: the interval it lies in was paid for before"),
    ("nothing_used", "price", r"nothing was used and nothing charged"),
    ("money_itself", "price", r"the units are money themselves"),
    ("price", "price", _PRICE),
    ("payer", "payer", _PAYER),
    ("uncovered", "uncovered", rf"(?P<amount>{_MONEY}) is more than anybody could pay"),
    ("partner", "partner", rf"(?P<partner>.+): (?P<amount>{_MONEY}) (?P<currency>[A-Z]{{3}})"),
    ("usage", "usage", _USAGE),
    (
        "used_before",
        "usage",
        r"(?P<units>\d+) units before them are on earlier CDRs: what is new is compared",
    ),
    ("late_report", "usage", r"reported after the session had been given up: .*"),
    ("overrun", "overrun", r"how far the balance reached is taken as recorded; .*"),
    (
        "refund",
        "refund",
        r"of a debit of which the balance paid (?P<micros>-?\d+) micros: .*",
    ),
    ("as_recorded", "result", rf"the charge is (?P<amount>{_MONEY}) (?P<currency>[A-Z]{{3}}), .*"),
    ("not_equal", "result", r"NOT EQUAL: .*"),
)

_READ: Final = [(code, step, re.compile(form, re.DOTALL)) for code, step, form in _FORMS]

CODES: Final = tuple(code for code, _, _ in _FORMS)
"""Every code there is."""


def coded(steps: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Steps as the core says them, each with its ``code`` and ``values``."""
    return [{**step, **_found(step["step"], step["text"])} for step in steps]


def _found(step: str, text: str) -> dict[str, Any]:
    for code, of_step, form in _READ:
        found = form.fullmatch(text) if step == of_step else None
        if found is not None:
            return {"code": code, "values": _values(code, found.groupdict())}
    return {"code": "other", "values": {}}


def _values(code: str, groups: Mapping[str, str | None]) -> Values:
    values: Values = {}
    for name, text in groups.items():
        if text is None or name in ("balance", "overrun"):
            continue
        if name in _FLAGS:
            values[name] = True
        elif name == "micros":
            values["amount"] = _decimal(int(text))
        elif name in _COUNTS:
            values[name] = int(text)
        else:
            values[name] = text
    if code == "payer":
        values["payer"] = _payer(groups)
    return values


def _payer(groups: Mapping[str, str | None]) -> str:
    if groups["bucket"] is not None:
        return "throttle" if groups["throttled"] else "bucket"
    return "overrun" if groups["overrun"] else "balance"


def _decimal(micros: int) -> str:
    whole, rest = divmod(abs(micros), 1_000_000)
    return f"{'-' if micros < 0 else ''}{whole}.{rest:06}"
