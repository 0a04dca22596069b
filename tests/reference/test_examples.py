"""The worked examples of rating (R), by their names."""

from __future__ import annotations

from typing import Any

import pytest
from tests.reference.catalogues import document, per_minute, request, table
from tests.reference.draws import draw
from tests.reference.implementations import BOTH, Quote

both = pytest.mark.parametrize("quote", BOTH)


def charged(quote: Quote, rate: dict[str, Any], usage: int, **fields: Any) -> tuple[int, int]:
    """Billed units and micros of a usage priced by one rate."""
    answer = quote(document(table("t", "voice", rate)), request(usage, **fields))
    assert answer["result"] == "rated"
    return answer["billed_units"], answer["charge_micros"]


@both
def test_r1_sixty_then_six(quote: Quote) -> None:
    rate = per_minute("0.10", 60, 6)
    assert charged(quote, rate, 1) == (60, 100_000)
    assert charged(quote, rate, 60) == (60, 100_000)
    assert charged(quote, rate, 61) == (66, 110_000)
    assert charged(quote, rate, 65) == (66, 110_000)
    assert charged(quote, rate, 67) == (72, 120_000)


@both
def test_r2_thirty_then_six(quote: Quote) -> None:
    assert charged(quote, per_minute("0.05", 30, 6), 45) == (48, 40_000)


@both
def test_r3_by_the_second(quote: Quote) -> None:
    assert charged(quote, per_minute("0.12"), 65) == (65, 130_000)


@both
def test_r5_nothing_costs_nothing(quote: Quote) -> None:
    assert charged(quote, per_minute("0.10", 60, 6, connection_fee="0.05"), 0) == (0, 0)


@both
def test_r6_surcharge_includes_the_connection_fee(quote: Quote) -> None:
    rate = per_minute("0.10", 60, 6, connection_fee="0.05", surcharge_percent="10")
    assert charged(quote, rate, 61) == (66, 176_000)


def handbook_session(*, surcharge: bool, ends: bool) -> str:
    """A session with these draws."""
    for number in range(1000):
        session = f"session-{number}"
        drawn = (draw(session, 0)[0] % 100 < 25, draw(session, 1)[0] % 100 < 50)
        if drawn == (surcharge, ends):
            return session
    raise AssertionError


HANDBOOK = {
    "code": "handbook",
    "steps": [
        {"interval": 1, "count": 60, "price": "1.80", "per": 60},
        {"interval": 60, "count": 2, "price": "1.80", "per": 60},
        {"fixed": "0.50", "probability": 25},
        {"interval": 60, "count": 7, "price": "1.80", "per": 60},
        {"disconnect": 50, "dispersion": 30},
        {"interval": 1, "price": "1.80", "per": 60},
    ],
    "allow_random": True,
}


def by_handbook(quote: Quote, usage: int, session: str) -> dict[str, Any]:
    """The answer for a call by the handbook's formula."""
    catalogue = document(
        table("t", "voice", {"prefix": "", "formula": "handbook"}), formulas=[HANDBOOK]
    )
    return quote(catalogue, request(usage, destination="385911234567", session=session))


@both
def test_r7_formula_without_surcharge(quote: Quote) -> None:
    session = handbook_session(surcharge=False, ends=False)
    for usage, micros in [
        (45, 1_350_000),
        (60, 1_800_000),
        (61, 3_600_000),
        (180, 5_400_000),
        (181, 7_200_000),
        (601, 18_030_000),
    ]:
        assert by_handbook(quote, usage, session)["charge_micros"] == micros


@both
def test_r7_formula_with_surcharge(quote: Quote) -> None:
    session = handbook_session(surcharge=True, ends=False)
    assert by_handbook(quote, 180, session)["charge_micros"] == 5_400_000
    assert by_handbook(quote, 181, session)["charge_micros"] == 7_700_000
    assert by_handbook(quote, 181, session) == by_handbook(quote, 181, session)


@both
def test_r7_formula_ends_the_session(quote: Quote) -> None:
    session = handbook_session(surcharge=False, ends=True)
    end = 600 - draw(session, 1)[1] % 31
    # The minute in which it ends has begun; what is reported beyond is charged by the steps after.
    assert by_handbook(quote, end, session)["charge_micros"] == 18_000_000
    assert by_handbook(quote, 600, session)["billed_units"] == 600
    assert by_handbook(quote, 601, session)["charge_micros"] == 18_030_000


@both
def test_r9_longest_prefix_dates_and_forbidden(quote: Quote) -> None:
    catalogue = document(
        table(
            "t",
            "voice",
            per_minute("0.10", prefix="44"),
            per_minute("0.20", prefix="447", name="mobile"),
            per_minute("0.90", prefix="4479", effective_from="2030-01-01T00:00:00Z"),
            {"prefix": "4470", "forbidden": True},
        )
    )
    at = "2026-06-01T12:00:00Z"
    by_number = {"442071234567": 100_000, "447791234567": 200_000, "447912345678": 200_000}
    for number, micros in by_number.items():
        answer = quote(catalogue, request(60, destination=number, at=at))
        assert answer["charge_micros"] == micros
    refused = quote(catalogue, request(60, destination="447012345678", at=at))
    assert (refused["result"], refused["charge_micros"]) == ("forbidden", 0)
    nowhere = quote(catalogue, request(60, destination="385911234567", at=at))
    assert nowhere["result"] == "no_rate"
    later = request(60, destination="447912345678", at="2030-01-01T00:00:00Z")
    assert quote(catalogue, later)["charge_micros"] == 900_000


@both
def test_r10_free_seconds(quote: Quote) -> None:
    rate = per_minute("0.10", 60, 6, free_units=30)
    assert charged(quote, rate, 0) == (0, 0)
    assert charged(quote, rate, 1) == (60, 50_000)
    assert charged(quote, rate, 61) == (66, 60_000)
    by_second = per_minute("0.10", free_units=30)
    assert charged(quote, by_second, 30) == (30, 0)
    assert charged(quote, by_second, 36) == (36, 10_000)


@both
def test_r11_grace(quote: Quote) -> None:
    rate = per_minute("0.10", 1, 1, grace=5, connection_fee="0.05")
    assert charged(quote, rate, 4) == (0, 0)
    assert charged(quote, rate, 5) == (0, 0)
    assert charged(quote, rate, 6) == (6, 60_000)


@both
def test_r13_split_legs_equal_the_whole(quote: Quote) -> None:
    calendar = {"code": "c", "periods": [{"code": "night", "from": "20:00", "to": "08:00"}]}
    rates = [per_minute("0.12"), per_minute("0.12", period="night", name="same price")]
    catalogue = document(
        table("t", "voice", *rates, calendar="c", switch="split"), calendars=[calendar]
    )
    answer = quote(catalogue, request(300, at="2026-11-27T19:58:00Z"))
    assert [part["amount_micros"] for part in answer["parts"]] == [240_000, 360_000]
    assert answer["charge_micros"] == 600_000


@both
@pytest.mark.parametrize(("switch", "micros"), [("split", 800_000), ("start", 500_000)])
def test_r14_tariff_change_at_midnight(quote: Quote, switch: str, micros: int) -> None:
    catalogue = document(
        table(
            "t",
            "voice",
            per_minute("0.10", effective_until="2026-12-01T00:00:00+01:00"),
            per_minute("0.20", effective_from="2026-12-01T00:00:00+01:00"),
            switch=switch,
        )
    )
    answer = quote(catalogue, request(300, at="2026-11-30T23:58:00+01:00"))
    assert answer["charge_micros"] == micros


@both
def test_r14_interval_that_has_begun(quote: Quote) -> None:
    catalogue = document(
        table(
            "t",
            "voice",
            per_minute("0.60", 60, 60, effective_until="2026-12-01T00:00:00Z"),
            per_minute("1.20", 60, 6, effective_from="2026-12-01T00:00:00Z", connection_fee="9.00"),
        )
    )
    answer = quote(catalogue, request(121, at="2026-11-30T23:59:30Z"))
    assert [(part["from"], part["to"]) for part in answer["parts"]] == [(0, 60), (60, 126)]
    assert answer["charge_micros"] == 600_000 + 1_320_000
    inside = quote(catalogue, request(45, at="2026-11-30T23:59:30Z"))
    assert (inside["billed_units"], inside["charge_micros"]) == (60, 600_000)
