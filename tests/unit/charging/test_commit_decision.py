"""The committer's decision table, case by case."""

from __future__ import annotations

import pytest

from openmvno.charging.commit_decision import (
    LastRows,
    ReadBack,
    SendResult,
    Verdict,
    after_read_back,
    after_send,
    needs_new_session,
    without_the_lock,
)


@pytest.mark.parametrize(
    ("result", "verdict"),
    [
        (SendResult(committed=True), Verdict.DURABLE),
        # A cancelled synchronous wait returns success with a warning.
        (SendResult(committed=True, warned=True), Verdict.READ_BACK),
        (SendResult(committed=False), Verdict.READ_BACK),
        (SendResult(committed=False, sqlstate="23505"), Verdict.READ_BACK),
        (SendResult(committed=False, sqlstate="53100"), Verdict.READ_BACK),
        (SendResult(committed=False, sqlstate="57P01"), Verdict.READ_BACK),
    ],
)
def test_only_an_unreserved_commit_is_known(result: SendResult, verdict: Verdict) -> None:
    assert after_send(result) is verdict


@pytest.mark.parametrize(
    ("ours", "foreign", "verdict"),
    [
        (3, 0, Verdict.DURABLE),
        (0, 0, Verdict.SEND_AGAIN),
        (0, 3, Verdict.FENCED),
        (0, 1, Verdict.FENCED),
        (2, 1, Verdict.FENCED),
        (2, 0, Verdict.FENCED),  # half a transaction: somebody meddled
    ],
)
def test_the_journal_decides(ours: int, foreign: int, verdict: Verdict) -> None:
    assert after_read_back(ReadBack(expected=3, ours=ours, foreign=foreign)) is verdict


@pytest.mark.parametrize(
    ("verdict", "others", "concluded"),
    [
        # The old session may be alive and may still commit.
        (Verdict.DURABLE, False, Verdict.READ_BACK),
        (Verdict.SEND_AGAIN, False, Verdict.READ_BACK),
        (Verdict.READ_BACK, True, Verdict.READ_BACK),
        # Before our first batch the last rows are another owner's in the ordinary course.
        (Verdict.SEND_AGAIN, True, Verdict.READ_BACK),
        (Verdict.DURABLE, True, Verdict.FENCED),
        (Verdict.FENCED, False, Verdict.FENCED),
    ],
)
def test_who_does_not_hold_the_lock_waits_or_stops(
    verdict: Verdict, others: bool, concluded: Verdict
) -> None:
    assert without_the_lock(verdict, LastRows(others, [1, 1])) is concluded


def test_a_journal_that_ends_too_early_is_seen() -> None:
    last = LastRows(others=False, seqs=[5, 0, 7])
    assert not last.lack([5, 0, 6])
    assert last.lack([5, 0, 8])
    assert last.lack([5, 1, 7])


def test_a_reading_of_nothing_decides_nothing() -> None:
    with pytest.raises(ValueError, match="not a reading"):
        ReadBack(expected=0, ours=0, foreign=0)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (SendResult(committed=False, sqlstate="23505"), False),
        (SendResult(committed=False), True),
        (SendResult(committed=True, warned=True), True),
        (SendResult(committed=False, sqlstate="53100"), True),
    ],
)
def test_only_after_a_unique_violation_the_session_is_sound(
    result: SendResult, expected: bool
) -> None:
    assert needs_new_session(result) is expected
