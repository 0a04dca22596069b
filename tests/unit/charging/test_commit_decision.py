"""The committer's decision table, case by case."""

from __future__ import annotations

import pytest

from openmvno.charging.commit_decision import (
    ReadBack,
    SendResult,
    Verdict,
    after_read_back,
    after_send,
    needs_new_session,
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
