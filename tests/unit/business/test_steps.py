"""Steps of quotes and explanations: by code and values, and in the words of every language."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openmvno.catalog.steps import CODES, coded
from openmvno.web.pages.formats import Formats, zone_named
from openmvno.web.pages.languages import LANGUAGES, locale_of, translations_of
from openmvno.web.pages.words.steps import Steps

CORE = Path(__file__).parents[3] / "rust_core/charging/src"
SAID_IN = ("quote_answer.rs", "explain_answer.rs", "explain.rs")

SAID: list[tuple[str, str, str, dict[str, Any]]] = [
    (
        "line",
        "line",
        "385910000001 has basic, pack",
        {"number": "385910000001", "products": "basic, pack"},
    ),
    (
        "number",
        "number",
        "091 234 is 38591234 in international digits",
        {"raw": "091 234", "number": "38591234"},
    ),
    ("destination", "emergency", "112 is an emergency number: free", {"number": "112"}),
    ("destination", "toll_free", "0800 is toll-free", {"number": "0800"}),
    ("zone", "zone", "the user is in zone eu", {"zone": "eu"}),
    ("zone", "zone", "the user was in zone eu", {"zone": "eu"}),
    ("result", "forbidden", "the price or a closed user group forbids it", {}),
    ("result", "no_rate", "no rate of the line's products matches", {}),
    ("result", "not_sold", "none of the line's products has a price for the service", {}),
    ("result", "unknown_zone", "the network is in no zone, and the catalogue rejects those", {}),
    ("result", "blocked", "a used-up bucket refuses it", {}),
    ("result", "out_of_service", "the line is not in service", {}),
    ("result", "overflow", "the price is beyond what can be represented", {}),
    (
        "price",
        "price",
        "38591 is priced by Out of Croatia of calls",
        {"number": "38591", "rate": "Out of Croatia", "table": "calls"},
    ),
    ("price", "price", "a rate without name of calls", {"table": "calls"}),
    (
        "price",
        "price",
        "Night of calls, period offpeak, going on from the price before, which product pack has",
        {
            "rate": "Night",
            "table": "calls",
            "period": "offpeak",
            "continuing": True,
            "product": "pack",
        },
    ),
    ("price", "free_number", "112 is free for the one who calls it", {"number": "112"}),
    ("price", "no_new_unit", "no new billed unit: the interval it lies in was paid for before", {}),
    ("price", "nothing_used", "nothing was used and nothing charged", {}),
    ("price", "money_itself", "the units are money themselves", {}),
    (
        "payer",
        "payer",
        "billed units 0 to 60: the balance pays 1234.500000 EUR, 12.5 % off by more-data",
        {
            "payer": "balance",
            "from": 0,
            "to": 60,
            "amount": "1234.500000",
            "currency": "EUR",
            "percent": "12.5",
            "discount": "more-data",
        },
    ),
    (
        "payer",
        "payer",
        (
            "billed units 60 to 120: bucket talk pays 60 units; taken as recorded: the record does"
            " not say by which entry"
        ),
        {
            "payer": "bucket",
            "bucket": "talk",
            "from": 60,
            "to": 120,
            "units": 60,
            "as_recorded": True,
        },
    ),
    (
        "payer",
        "payer",
        "billed units 0 to 9: bucket surf is used up: throttled, free 0 units",
        {"payer": "throttle", "bucket": "surf", "throttled": True, "from": 0, "to": 9, "units": 0},
    ),
    (
        "payer",
        "payer",
        "billed units 1 to 2: nobody pays 0.100000 EUR",
        {"payer": "overrun", "from": 1, "to": 2, "amount": "0.100000", "currency": "EUR"},
    ),
    (
        "uncovered",
        "uncovered",
        "0.250000 is more than anybody could pay",
        {"amount": "0.250000"},
    ),
    (
        "partner",
        "partner",
        "carrier: 0.010000 USD",
        {"partner": "carrier", "amount": "0.010000", "currency": "USD"},
    ),
    (
        "usage",
        "usage",
        "61 seconds of voice to or from 38591",
        {"units": 61, "unit": "second", "service": "voice", "number": "38591"},
    ),
    (
        "usage",
        "usage",
        "5000 octets of data",
        {"units": 5000, "unit": "octet", "service": "data"},
    ),
    (
        "usage",
        "used_before",
        "30 units before them are on earlier CDRs: what is new is compared",
        {"units": 30},
    ),
    (
        "usage",
        "late_report",
        "reported after the session had been given up: what the report added is compared",
        {},
    ),
    (
        "overrun",
        "overrun",
        (
            "how far the balance reached is taken as recorded; what it and nobody paid is compared"
            " together"
        ),
        {},
    ),
    (
        "refund",
        "refund",
        (
            "of a debit of which the balance paid 1500000 micros: a refund is compared with that,"
            " as it may give back less"
        ),
        {"amount": "1.500000"},
    ),
    (
        "result",
        "as_recorded",
        "the charge is 0.300000 EUR, as recorded",
        {"amount": "0.300000", "currency": "EUR"},
    ),
    (
        "result",
        "not_equal",
        "NOT EQUAL: the record does not follow from the catalogue it names",
        {},
    ),
]
"""Step, code, sentence and values; every sentence there is, at least once."""

IDS = [f"{code}-{number}" for number, (_, code, _, _) in enumerate(SAID)]


def fixed_words() -> str:
    """Every text of the core's sources that say steps, with a mark where a value stands."""
    source = "\n".join((CORE / name).read_text("utf-8") for name in SAID_IN)
    texts = re.findall(r'"((?:[^"\\]|\\.)*)"', source)
    return "\n".join(re.sub(r"\{[^}]*\}", "\0", text) for text in texts)


def test_every_code_is_told() -> None:
    assert {code for _, code, _, _ in SAID} == set(CODES)


@pytest.mark.parametrize(("step", "code", "text", "values"), SAID, ids=IDS)
def test_a_sentence_has_a_code(step: str, code: str, text: str, values: dict[str, Any]) -> None:
    (found,) = coded([{"step": step, "text": text}])
    assert found == {"step": step, "text": text, "code": code, "values": values}


@pytest.mark.parametrize(("step", "code", "text", "values"), SAID, ids=IDS)
def test_the_core_says_it_like_this(
    step: str, code: str, text: str, values: dict[str, Any]
) -> None:
    """What is no value in the sentence stands in the core's sources."""
    assert f'"{step}"' in "".join((CORE / name).read_text("utf-8") for name in SAID_IN), code
    given = {str(value) for value in values.values() if not isinstance(value, bool)}
    if code == "refund":
        given = {str(int(Decimal(values["amount"]) * 1_000_000))}
    if code == "usage":
        given.add(f"{values['unit']}s")
    whole = sorted(given, key=len, reverse=True)
    rest = (
        re.split("|".join(rf"(?<!\w){re.escape(each)}(?!\w)" for each in whole), text)
        if whole
        else [text]
    )
    known = fixed_words()
    for words in rest:
        for part in re.split(r"[,;:]| by | of $", words):
            assert part.strip() in known, part


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_said_in_every_language(language: str) -> None:
    formats = Formats(locale_of(language), zone_named(None))
    saying = Steps(translations_of(language), formats, "second", "EUR")
    for step, code, text, values in SAID:
        (found,) = coded([{"step": step, "text": text}])
        said = saying.text(found)
        assert said, code
        assert "%(" not in said, said
        for value in (values.get("rate"), values.get("bucket"), values.get("zone")):
            assert value is None or value in said
    assert saying.text({"code": "other", "values": {}}) is None


def test_figures_are_those_of_the_language() -> None:
    formats = Formats(locale_of("de"), zone_named(None))
    saying = Steps(translations_of("de"), formats, "second", "EUR")
    (step,) = coded(
        [{"step": "payer", "text": "billed units 0 to 60: the balance pays 1234.500000 EUR"}]
    )
    assert saying.text(step) == "0:00 bis 1:00 – Guthaben, 1.234,50\xa0€"
    paid = "billed units 0 to 2000: bucket surf pays 2000 units"
    (step,) = coded([{"step": "payer", "text": paid}])
    surf = replace(saying, unit="octet", bucket_units={"bucket:surf": "octet"})
    assert surf.text(step) == "0 B bis 2 kB – Kontingent surf, 2 kB"
    abstract = replace(saying, unit="octet", bucket_units={"bucket:surf": "unit"})
    assert abstract.text(step) == "0 B bis 2 kB – Kontingent surf, 2.000 Einheiten"
