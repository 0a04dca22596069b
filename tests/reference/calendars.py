"""Periods, and the instants at which a price may change. Instants are Unix milliseconds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.reference.numbering import Document

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
MINUTE = 60_000
HOUR = 3_600_000
DAY = 86_400_000


def instant(text: str) -> int:
    """An RFC 3339 time."""
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(milliseconds=1)


def local(at: int, zone: str) -> datetime:
    """The wall clock of a place."""
    return (EPOCH + timedelta(milliseconds=at)).astimezone(ZoneInfo(zone))


def in_effect(thing: dict[str, Any], at: int) -> bool:
    """Whether `at` lies in [effective_from, effective_until)."""
    if "effective_from" in thing and at < instant(thing["effective_from"]):
        return False
    return not ("effective_until" in thing and at >= instant(thing["effective_until"]))


def period_at(document: Document, code: str | None, at: int, zone: str) -> str:
    """The period of a calendar, "" for peak or no calendar."""
    for calendar in document.get("calendars", []):
        if calendar["code"] == code:
            wall = local(at, zone)
            if wall.date().isoformat() in calendar.get("holidays", []):
                return str(calendar["holiday_period"])
            for period in calendar["periods"]:
                if _holds(period, wall):
                    return str(period["code"])
    return ""


def _holds(period: dict[str, Any], wall: datetime) -> bool:
    if "weekdays" in period and WEEKDAYS[wall.weekday()] not in period["weekdays"]:
        return False
    if "months" in period and wall.month not in period["months"]:
        return False
    if "monthdays" in period and wall.day not in period["monthdays"]:
        return False
    if "from" not in period:
        return True
    clock, begin, end = wall.strftime("%H:%M"), period["from"], period["to"]
    if begin > end:
        return bool(clock >= begin or clock < end)
    return bool(begin <= clock < end)


def moments(document: Document, zone: str, after: int, until: int) -> Iterator[int]:
    """Instants in (after, until) at which a period changes or anything begins or ends, in order.

    Periods change by the minute: every minute is looked at that a clock shows as one of theirs.
    """
    dates = sorted(at for at in _effective_dates(document) if after < at < until)
    periods = _all_periods(document, after, zone)
    for minute in _minutes(document, zone, after, until):
        while dates and dates[0] <= minute:
            yield dates.pop(0)
        now = _all_periods(document, minute, zone)
        if now != periods:
            periods = now
            yield minute
    yield from dates


def _all_periods(document: Document, at: int, zone: str) -> list[str]:
    return [period_at(document, c["code"], at, zone) for c in document.get("calendars", [])]


def _minutes(document: Document, zone: str, after: int, until: int) -> Iterator[int]:
    walls = _wall_times(document)
    hour = after - after % HOUR
    while walls and hour < until:
        even = local(hour, zone).utcoffset() == local(hour + HOUR, zone).utcoffset()
        offset = local(hour, zone).minute
        shown = {(minute - offset) % 60 for minute in walls} if even else set(range(60))
        for minute in sorted(shown):
            at = hour + minute * MINUTE
            if after < at < until:
                yield at
        hour += HOUR


def _wall_times(document: Document) -> set[int]:
    """Minutes of the hour."""
    found: set[int] = set()
    for calendar in document.get("calendars", []):
        found.add(0)
        for period in calendar["periods"]:
            if "from" in period:
                found |= {int(period["from"][3:]), int(period["to"][3:])}
    return found


def _effective_dates(document: Document) -> set[int]:
    found: set[int] = set()
    for table in document.get("rate_tables", []):
        for thing in [table, *table["rates"]]:
            for bound in ("effective_from", "effective_until"):
                if bound in thing:
                    found.add(instant(thing[bound]))
    return found


def renewal_end(renew: str, at: int, zone: str) -> int:
    """End of the local hour, day, week (from Monday) or month that holds `at`, minute by minute."""
    begun = _renewal_name(renew, local(at, zone))
    minute = at - at % MINUTE
    step = MINUTE if renew == "hour" else 15 * MINUTE
    minute -= minute % step
    while _renewal_name(renew, local(minute, zone)) == begun:
        minute += step
    return minute


def _renewal_name(renew: str, wall: datetime) -> tuple[object, ...]:
    if renew == "hour":  # an hour that occurs twice is two hours
        return (wall.date(), wall.hour, wall.utcoffset())
    if renew == "day":
        return (wall.date(),)
    if renew == "week":
        return (wall.isocalendar()[:2],)
    return (wall.year, wall.month)
