"""The reference itself, where it takes a step longer than a unit or a minute."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference import calendars
from tests.reference import random_fields as lists
from tests.reference.draws import Interval, drawn_steps
from tests.reference.numbering import normalise
from tests.reference.payers import furthest
from tests.reference.price import FormulaPrice, Price, SimplePrice
from tests.reference.random_prices import formula, simple
from tests.reference.random_request import moment, randoms

quickly = settings(max_examples=60, deadline=None)


@quickly
@given(random=randoms(), continuing=st.booleans(), position=st.integers(0, 300))
def test_rows_of_units_add_up_as_units(random: Random, continuing: bool, position: int) -> None:
    price = SimplePrice.of(simple(random, octets=False), continuing=continuing)
    assert price.value(position) == price.literal_value(position)


@quickly
@given(random=randoms(), usage=st.integers(0, 500))
def test_many_intervals_are_single_ones(random: Random, usage: int) -> None:
    price = SimplePrice.of(simple(random, octets=False), continuing=False)
    billed = 0
    while billed < usage:
        billed += price.first if billed == 0 else price.following
    assert price.interval_end(usage) == billed


@quickly
@given(random=randoms(), usage=st.integers(0, 800))
def test_intervals_of_formulas_are_single_ones(random: Random, usage: int) -> None:
    drawn = formula(random, "f")
    steps = drawn_steps(drawn, "session")
    price: Price = FormulaPrice(steps, drawn.get("maximum_charge"))
    billed = 0
    for step in steps:
        if isinstance(step, Interval):
            done = 0
            while billed < usage and done != step.count:
                billed += step.size
                done += 1
    assert price.interval_end(usage) == billed
    assert price.value(usage) <= price.value(billed)


@quickly
@given(start=st.integers(0, 50), end=st.integers(0, 5000), last=st.integers(0, 6000))
def test_furthest_is_the_last_possible(start: int, end: int, last: int) -> None:
    position = start
    while position + 1 <= min(end, last):
        position += 1
    assert furthest(start, end, lambda reach: reach <= last) == position


@settings(max_examples=20, derandomize=True, deadline=None)
@given(random=randoms(), zone=st.sampled_from(lists.TIME_ZONES))
def test_periods_change_only_at_moments(random: Random, zone: str) -> None:
    document = {"calendars": [lists.calendar(random, "c")]}
    start = calendars.instant(moment(random))
    end = start + calendars.DAY
    known = set(calendars.moments(document, zone, start, end))
    before = calendars.period_at(document, "c", start, zone)
    for at in range(start - start % 30_000 + 30_000, end, 30_000):
        now = calendars.period_at(document, "c", at, zone)
        assert now == before or at in known
        before = now


def test_an_hour_that_occurs_twice_is_in_its_period_twice() -> None:
    periods = [{"code": "night", "from": "02:00", "to": "03:00"}]
    document = {"calendars": [{"code": "c", "periods": periods}]}
    start = calendars.instant("2026-10-24T12:00:00Z")
    changes = list(calendars.moments(document, "Europe/Zagreb", start, start + calendars.DAY))
    assert [calendars.local(at, "UTC").hour for at in changes] == [0, 2]


def test_forms_of_one_number() -> None:
    document = {"numbering": lists.NUMBERING}
    forms = ["+385911234567", "00385911234567", "0911234567", "385911234567"]
    forms += ["tel:+385-91-1234567", "SIP:00385911234567@ims.example;user=phone"]
    assert {normalise(document, form) for form in forms} == {"385911234567"}
    assert normalise(document, "0800123") == "385800123"
    assert normalise(document, "112") == "112"
    assert normalise(document, "091234") == "091234"
    assert normalise(document, None) == ""
