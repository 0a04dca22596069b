"""Amounts, numbers, moments and units as a reader of a language expects them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import (
    format_currency,
    format_decimal,
    format_percent,
    get_currency_precision,
    get_decimal_symbol,
)
from markupsafe import Markup, escape

ABSENT: Final = "–"
OCTET_STEPS: Final = ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB"))
"""Decimal, as operators sell it (IEC 80000-13)."""


def zone_named(name: str | None) -> tzinfo:
    """A time zone by its IANA name; UTC where there is no such."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


@dataclass(frozen=True, slots=True)
class Formats:
    """What templates write values with."""

    locale: Locale
    zone: tzinfo

    def money(self, amount: str | None, currency: str | None) -> str:
        """An amount with its currency; every decimal there is, the currency's own at least."""
        if amount is None or currency is None:
            return ABSENT
        value = Decimal(amount)
        exponent = value.normalize().as_tuple().exponent
        decimals = -exponent if isinstance(exponent, int) and exponent < 0 else 0
        if decimals <= get_currency_precision(currency):
            return format_currency(value, currency, locale=self.locale)
        return format_currency(
            value,
            currency,
            locale=self.locale,
            currency_digits=False,
            decimal_quantization=False,
        )

    def large_money(self, amount: str | None, currency: str | None) -> Markup:
        """The same for a figure that is read from afar: what is less than the smallest coin is
        small."""
        text = self.money(amount, currency)
        mark = re.escape(get_decimal_symbol(self.locale))
        digits = get_currency_precision(currency) if currency else 0
        found = re.fullmatch(rf"(.*{mark}\d{{{digits}}})(\d+)(.*)", text)
        if found is None or not digits:
            return escape(text)
        return Markup("{}<small>{}</small>{}").format(*found.groups())

    def at_a_glance(self, amount: str, currency: str) -> str:
        """An amount in whole units of the currency as it is paid, for a figure that is only looked
        at: what it rounds off stands wherever the amount is listed."""
        return format_currency(Decimal(amount), currency, locale=self.locale)

    def micros(self, amount: int, currency: str) -> str:
        """An amount of the charging engine, in millionths."""
        return self.money(str(Decimal(amount).scaleb(-6)), currency)

    def number(self, value: float | str | None) -> str:
        """A number with its thousands apart."""
        if value is None:
            return ABSENT
        return format_decimal(Decimal(str(value)), locale=self.locale)

    def percent(self, share: float) -> str:
        """A share of one, in whole percents."""
        return format_percent(share, locale=self.locale)

    def octets(self, count: int | None) -> str:
        """A volume of data, to a tenth of the largest unit that fits."""
        if count is None:
            return ABSENT
        for size, unit in OCTET_STEPS:
            if abs(count) >= size:
                figure = (Decimal(count) / size).quantize(Decimal("0.1"))
                return f"{format_decimal(figure.normalize(), locale=self.locale)} {unit}"
        return f"{format_decimal(count, locale=self.locale)} B"

    def duration(self, seconds: int | None) -> str:
        """Hours, minutes and seconds: ``1:05`` or ``2:00:00``."""
        if seconds is None:
            return ABSENT
        minutes, rest = divmod(abs(int(seconds)), 60)
        hours, minutes = divmod(minutes, 60)
        sign = "-" if seconds < 0 else ""
        if hours:
            return f"{sign}{format_decimal(hours, locale=self.locale)}:{minutes:02}:{rest:02}"
        return f"{sign}{minutes}:{rest:02}"

    def units(self, count: int | None, unit: str | None) -> str:
        """A quantity of a catalogue unit."""
        if unit == "octet":
            return self.octets(count)
        if unit == "second":
            return self.duration(count)
        return self.number(count)

    def moment(self, value: str | datetime | None) -> Markup:
        """Date and time in the reader's zone, as a ``<time>``."""
        instant = _instant(value)
        if instant is None:
            return escape(ABSENT)
        local = instant.astimezone(self.zone)
        text = format_datetime(local, "medium", locale=self.locale)
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            instant.isoformat(), f"{local:%Z}", text
        )

    def field(self, value: str | datetime | None) -> str:
        """A moment as a field of date and time holds it, in the reader's zone."""
        instant = _instant(value)
        return "" if instant is None else f"{instant.astimezone(self.zone):%Y-%m-%dT%H:%M}"

    def day(self, value: str | datetime | date | None) -> str:
        """A date alone."""
        if isinstance(value, date) and not isinstance(value, datetime):
            return format_date(value, "medium", locale=self.locale)
        instant = _instant(value)
        if instant is None:
            return ABSENT
        return format_date(instant.astimezone(self.zone).date(), "medium", locale=self.locale)

    def ago(self, value: str | datetime | None) -> Markup:
        """How long ago, or in how long, with the moment itself beside it for who points at it."""
        instant = _instant(value)
        if instant is None:
            return escape(ABSENT)
        distance: timedelta = instant - datetime.now(UTC)
        text = format_timedelta(distance, add_direction=True, locale=self.locale)
        title = format_datetime(instant.astimezone(self.zone), "medium", locale=self.locale)
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            instant.isoformat(), title, text
        )

    def clock(self, value: str | datetime) -> str:
        """The time of day to the minute, for the foot of a chart."""
        instant = _instant(value)
        assert instant is not None
        return format_datetime(instant.astimezone(self.zone), "HH:mm", locale=self.locale)


def _instant(value: str | datetime | date | None) -> datetime | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    assert isinstance(value, datetime)
    return value if value.tzinfo else value.replace(tzinfo=UTC)
