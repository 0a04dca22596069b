"""The bare price in plain Python: what anybody would write who has not got the core.

Of a catalogue it knows what `bench.rich` uses: dictionaries of prefixes, the longest first,
conditions on zone and period, whole intervals, exact integers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

MICROS = 1_000_000
HOME = "home"
PEAK = ""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Rate(NamedTuple):
    price: int  # micros per `per` units
    per: int
    first: int
    further: int
    fee: int


class _Table(NamedTuple):
    zones: frozenset[str]
    periods: frozenset[str]
    # By prefix and period; None: any period.
    prefixes: dict[tuple[str, str | None], _Rate]
    groups: dict[int, _Rate]
    default: _Rate | None


class PlainPrices:
    """Prices of one line's usage at home."""

    def __init__(self, document: dict[str, Any], main: str, addons: Iterable[str]) -> None:
        self._zone = ZoneInfo(document["time_zone"])
        self._period = _calendar(document["calendars"][0]["periods"])
        tables = {table["code"]: table for table in document["rate_tables"]}
        destinations = {each["code"]: each["prefixes"] for each in document["destinations"]}
        products = {product["code"]: product for product in document["products"]}
        by_precedence = sorted(addons, key=lambda code: -products[code]["precedence"])
        self._tables: dict[int, list[_Table]] = {}
        for position, service in enumerate(document["services"]):
            found = []
            for code in (*by_precedence, main):
                for named in products[code].get("rate_tables", []):
                    use: dict[str, Any] = {"table": named} if isinstance(named, str) else named
                    table = tables[use["table"]]
                    outgoing = table.get("direction", "originating") == "originating"
                    if table["service"] == service["code"] and outgoing:
                        found.append(_table(table, use.get("when", {}), destinations))
            self._tables[position] = found

    def price(self, service: int, at: int, usage: int, group: int, number: str) -> int:
        """Micros of a usage, from the rate that holds when it starts."""
        local = (EPOCH + timedelta(milliseconds=at)).astimezone(self._zone)
        period = self._period(local)
        for table in self._tables[service]:
            if table.zones and HOME not in table.zones:
                continue
            if table.periods and period not in table.periods:
                continue
            rate = _find(table, group, number, period)
            if rate is not None:
                return _charge(rate, usage)
        raise LookupError(f"{number} has no rate")


def _find(table: _Table, group: int, number: str, period: str) -> _Rate | None:
    if group in table.groups:
        return table.groups[group]
    prefixes = table.prefixes
    for length in range(len(number), -1, -1):
        prefix = number[:length]
        rate = prefixes.get((prefix, period)) or prefixes.get((prefix, None))
        if rate is not None:
            return rate
    return table.default


def _charge(rate: _Rate, usage: int) -> int:
    if usage <= rate.first:
        billed = rate.first
    else:
        billed = rate.first + -(-(usage - rate.first) // rate.further) * rate.further
    # Half up.
    exact = rate.price * billed + rate.fee * rate.per
    return (2 * exact + rate.per) // (2 * rate.per)


def _table(
    table: dict[str, Any], when: dict[str, list[str]], destinations: dict[str, list[str]]
) -> _Table:
    prefixes: dict[tuple[str, str | None], _Rate] = {}
    groups: dict[int, _Rate] = {}
    default = None
    for row in table["rates"]:
        rate = _Rate(
            int(Decimal(row["price"]) * MICROS),
            row.get("per", 1),
            row.get("first_interval", 1),
            row.get("next_interval", 1),
            int(Decimal(row.get("connection_fee", "0")) * MICROS),
        )
        if "rating_group" in row:
            groups[row["rating_group"]] = rate
        elif "default" in row:
            default = rate
        else:
            for prefix in (
                destinations[row["destination"]] if "destination" in row else [row["prefix"]]
            ):
                prefixes[prefix, row.get("period")] = rate
    zones, periods = when.get("zones", ()), when.get("periods", ())
    return _Table(frozenset(zones), frozenset(periods), prefixes, groups, default)


def _calendar(periods: list[dict[str, Any]]) -> Callable[[datetime], str]:
    rules: list[tuple[frozenset[int], str, str, str]] = []
    for period in periods:
        days = [WEEKDAYS.index(day) for day in period.get("weekdays", WEEKDAYS)]
        begin, end = period.get("from", "00:00"), period.get("to", "24:00")
        rules.append((frozenset(days), begin, end, period["code"]))

    def at(local: datetime) -> str:
        weekday, clock = local.weekday(), f"{local.hour:02d}:{local.minute:02d}"
        for days, begin, end, code in rules:
            inside = begin <= clock < end if begin < end else clock >= begin or clock < end
            if inside and weekday in days:
                return code
        return PEAK

    return at
