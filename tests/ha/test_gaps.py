"""The table of gaps says what clients noticed."""

from __future__ import annotations

from tests.ha.gaps import Counts, Felt, Window, felt

ANSWERED = [0.0, 0.5, 1.0, 1.4, 9.0, 9.5, 10.0]


def look(began: float, ended: float, answered: list[float], limit: float | None = None) -> Felt:
    window = Window("killed", began, ended, Counts(3, 1), Counts(10, 5), limit)
    return felt(window, answered, [(at, at / 10) for at in answered])


def test_the_gap_begins_with_the_last_answer_before_the_event() -> None:
    seen = look(1.5, 10.1, ANSWERED, 8)
    assert seen == Felt("killed", 9.0 - 1.4, 7.5, 1.0, 7, 4, 8)
    assert seen.holds
    assert not look(1.5, 10.1, ANSWERED, 7).holds


def test_what_is_not_felt_has_no_way_back() -> None:
    seen = look(0.2, 1.5, ANSWERED)
    assert (seen.gap, seen.until_service) == (0.5, None)
    assert seen.holds


def test_answers_of_other_events_do_not_count() -> None:
    assert look(9.2, 10.1, ANSWERED).gap == 0.5


def test_a_service_that_does_not_return_is_a_gap_to_the_end() -> None:
    assert look(11, 41, ANSWERED, 30).gap == 31
    assert not look(11, 41, ANSWERED, 30).holds
    assert look(9.2, 50, ANSWERED).gap == 40, "answers stopped later"


def test_the_order_of_the_answers_does_not_matter() -> None:
    assert look(1.5, 10.1, ANSWERED[::-1]) == look(1.5, 10.1, ANSWERED)


def test_nobody_was_ever_answered() -> None:
    assert look(1, 5, []).gap == 4
