"""Times as the commands take and print them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import typer


def moment(text: str | None, time_zone: str, option: str) -> datetime | None:
    """An instant; a date begins in the tenant's time zone."""
    if text is None:
        return None
    try:
        if len(text) == len("2026-01-01"):
            return datetime.combine(date.fromisoformat(text), time(), ZoneInfo(time_zone))
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{option}: {error}") from error
    if moment.tzinfo is None:
        raise typer.BadParameter(f"{option}: {text} has no offset; write 2026-10-01T00:00:00Z")
    return moment


def shown(moment: datetime) -> str:
    """An instant as the commands print it."""
    return moment.astimezone(UTC).isoformat(sep=" ", timespec="seconds")
