"""When commits are held back."""

from __future__ import annotations

from openmvno.charging.pacing import Pacer, PacingRule

MILLISECOND = 1_000_000


def _run(pacer: Pacer, records: int, interval_ns: int, begin: int, duration_ms: int = 400) -> int:
    now = begin
    while now < begin + duration_ms * MILLISECOND:
        pacer.started(records, now)
        now += interval_ns
    return now


def test_a_slow_stream_is_never_delayed() -> None:
    pacer = Pacer(PacingRule())
    now = _run(pacer, records=1, interval_ns=MILLISECOND, begin=10**15)
    assert pacer.wait_ns(now) == 0


def test_many_small_commits_are_paced() -> None:
    pacer = Pacer(PacingRule())
    now = _run(pacer, records=5, interval_ns=200_000, begin=10**15)
    assert pacer.paced
    assert pacer.wait_ns(now) == 800_000


def test_large_batches_are_not_delayed_however_fast_they_come() -> None:
    pacer = Pacer(PacingRule())
    _run(pacer, records=40, interval_ns=200_000, begin=10**15)
    assert not pacer.paced


def test_pacing_ends_when_the_load_goes() -> None:
    pacer = Pacer(PacingRule())
    now = _run(pacer, records=5, interval_ns=200_000, begin=10**15)
    assert pacer.paced
    now = _run(pacer, records=20, interval_ns=MILLISECOND, begin=now)
    assert pacer.paced, "20,000 records a second stay paced"
    _run(pacer, records=2, interval_ns=MILLISECOND, begin=now)
    assert not pacer.paced


def test_an_interval_of_zero_never_waits() -> None:
    pacer = Pacer(PacingRule(interval_ms=0))
    now = _run(pacer, records=1, interval_ns=100_000, begin=10**15)
    assert pacer.wait_ns(now) == 0
