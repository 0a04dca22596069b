"""The steps of a period that is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from openmvno.statistics.errors import PeriodInvalid
from openmvno.statistics.model import Step
from openmvno.statistics.pruning import KEPT

MOST_STEPS: Final = {Step.MINUTE: 180, Step.HOUR: 192, Step.DAY: 400}
"""Of one answer: three hours, eight days, thirteen months."""

USUAL: Final = {
    Step.MINUTE: timedelta(hours=1),
    Step.HOUR: timedelta(days=1),
    Step.DAY: timedelta(days=30),
}
"""How far back it goes where nobody says."""

_LENGTH: Final = {Step.MINUTE: timedelta(minutes=1), Step.HOUR: timedelta(hours=1)}


@dataclass(frozen=True, slots=True)
class Period:
    """``beginnings`` of all its steps, oldest first; ``until``: the end of the last."""

    step: Step
    beginnings: Sequence[datetime]
    until: datetime


def period(
    step: Step, since: datetime | None, until: datetime | None, zone: ZoneInfo, now: datetime
) -> Period:
    """The whole steps that [since, until) touches; the last is that of now where nobody says.

    Raises:
        PeriodInvalid.
    """
    _refuse_bare(since, "since")
    _refuse_bare(until, "until")
    until = now if until is None else min(until, now)
    since = until - USUAL[step] if since is None else since
    if since > until:
        raise PeriodInvalid(
            "It ends before it begins, or begins in the future.",
            field="since",
            accepted="a time before until, and before now",
        )
    kept = KEPT.get(step)
    if kept is not None and since < now - kept:
        raise PeriodInvalid(
            f"Sums by {step} are kept for {kept.days} days.",
            field="since",
            accepted=f"a time from {(now - kept).isoformat(timespec='seconds')} on, or a longer"
            " step",
        )
    most = MOST_STEPS[step]
    beginnings: list[datetime] = []
    at = _beginning(since.astimezone(UTC), step, zone)
    while at < until or not beginnings:
        if len(beginnings) == most:
            raise PeriodInvalid(
                f"There are more than {most} steps of a {step}.",
                field="since",
                accepted=f"a period of at most {most} steps, or a longer step",
            )
        beginnings.append(at)
        at = _next(at, step, zone)
    return Period(step, beginnings, at)


def _refuse_bare(moment: datetime | None, field: str) -> None:
    if moment is not None and moment.tzinfo is None:
        raise PeriodInvalid(
            f"{moment.isoformat()} has no offset.",
            field=field,
            accepted="a time with its offset such as 2026-05-01T10:00:00Z",
        )


def _beginning(moment: datetime, step: Step, zone: ZoneInfo) -> datetime:
    if step is Step.DAY:
        local = moment.astimezone(zone)
        return _midnight(local, zone)
    if step is Step.HOUR:
        return moment.replace(minute=0, second=0, microsecond=0)
    return moment.replace(second=0, microsecond=0)


def _next(at: datetime, step: Step, zone: ZoneInfo) -> datetime:
    if step is not Step.DAY:
        return at + _LENGTH[step]
    # From noon: a day may have 23 or 25 hours.
    noon = at.astimezone(zone).replace(hour=12)
    return _midnight(noon + timedelta(days=1), zone)


def _midnight(local: datetime, zone: ZoneInfo) -> datetime:
    midnight = datetime(local.year, local.month, local.day, tzinfo=zone)
    return midnight.astimezone(UTC)
