"""The steps of a period of statistics."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from openmvno.statistics.errors import PeriodInvalid
from openmvno.statistics.model import Step
from openmvno.statistics.periods import period

ZAGREB = ZoneInfo("Europe/Zagreb")
KOLKATA = ZoneInfo("Asia/Kolkata")
NOW = datetime(2026, 3, 30, 12, 34, 56, tzinfo=UTC)


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


def test_minutes_end_with_the_running_one() -> None:
    hour = period(Step.MINUTE, None, None, ZAGREB, NOW)
    assert (hour.beginnings[0], hour.beginnings[-1]) == (
        at(2026, 3, 30, 11, 34),
        at(2026, 3, 30, 12, 34),
    )
    assert hour.until == at(2026, 3, 30, 12, 35)


def test_a_period_of_whole_steps_has_no_step_more() -> None:
    two = period(Step.HOUR, at(2026, 3, 30, 9), at(2026, 3, 30, 11), ZAGREB, NOW)
    assert list(two.beginnings) == [at(2026, 3, 30, 9), at(2026, 3, 30, 10)]


def test_days_are_those_of_the_tenant_where_clocks_change() -> None:
    days = period(Step.DAY, at(2026, 3, 28, 12), None, ZAGREB, NOW)
    assert list(days.beginnings) == [
        at(2026, 3, 27, 23),
        at(2026, 3, 28, 23),
        at(2026, 3, 29, 22),  # the day before had 23 hours
    ]
    assert days.until == at(2026, 3, 30, 22)


def test_hours_are_those_of_utc_and_days_of_half_hour_zones_begin_at_half_past() -> None:
    assert period(Step.HOUR, None, None, KOLKATA, NOW).beginnings[-1] == at(2026, 3, 30, 12)
    assert period(Step.DAY, None, None, KOLKATA, NOW).beginnings[-1] == at(2026, 3, 29, 18, 30)


@pytest.mark.parametrize(
    ("step", "since", "until", "field"),
    [
        (Step.MINUTE, NOW - timedelta(minutes=181), NOW, "since"),
        (Step.MINUTE, NOW - timedelta(days=4), NOW - timedelta(days=4, minutes=-5), "since"),
        (Step.HOUR, NOW - timedelta(days=9), NOW, "since"),
        (Step.DAY, NOW - timedelta(days=500), NOW, "since"),
        (Step.DAY, NOW, NOW - timedelta(days=1), "since"),
        (Step.HOUR, NOW + timedelta(hours=1), None, "since"),
        (Step.HOUR, datetime(2026, 3, 30), None, "since"),  # noqa: DTZ001
        (Step.HOUR, None, datetime(2026, 3, 30), "until"),  # noqa: DTZ001
    ],
)
def test_what_cannot_be_shown_is_refused(
    step: Step, since: datetime | None, until: datetime | None, field: str
) -> None:
    with pytest.raises(PeriodInvalid) as refused:
        period(step, since, until, ZAGREB, NOW)
    assert refused.value.field == field
