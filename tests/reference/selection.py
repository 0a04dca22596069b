"""Which rate of which table prices a usage at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.reference import calendars, places
from tests.reference.numbering import Document, lies_in, longest, prefixes_of
from tests.reference.usage import Usage, by_code

Entry = tuple[dict[str, Any], dict[str, Any]]
"""A rate table and the conditions a product has for it."""


@dataclass(frozen=True)
class Choice:
    """A rate, the table it stands in and the period of that table's calendar."""

    table: dict[str, Any]
    rate: dict[str, Any]
    period: str

    def same_price(self, other: Choice) -> bool:
        """Whether both are one rate of one table."""
        return self.table["code"] == other.table["code"] and self.rate is other.rate


def product_tables(document: Document, product: dict[str, Any]) -> list[Entry]:
    """The product's tables in its order."""
    entries: list[Entry] = []
    for entry in product.get("rate_tables", []):
        named: dict[str, Any] = {"table": entry} if isinstance(entry, str) else entry
        table = _table(document, named["table"])
        entries.append((table, named.get("when", {})))
    return entries


def _table(document: Document, code: str) -> dict[str, Any]:
    for table in document.get("rate_tables", []):
        if table["code"] == code:
            return dict(table)
    raise ValueError(f"there is no rate table {code}")


def deciding_order(document: Document, main: str, addons: list[str]) -> list[dict[str, Any]]:
    """Add-ons, higher precedence first, then the main product."""
    products = [by_code(document, "products", code) for code in addons]
    products.sort(key=lambda product: -product.get("precedence", 0))
    return [*products, by_code(document, "products", main)]


def choose(usage: Usage, entries: list[Entry], at: int) -> Choice | None:
    """The first table whose conditions hold and which has a rate."""
    for table, conditions in entries:
        if not _serves(usage, table, at):
            continue
        period = _period(usage, table, at)
        if not _when(usage, conditions, period):
            continue
        rate = _find(usage, table["rates"], period, at)
        if rate is not None:
            return Choice(table, rate, period)
    return None


def _serves(usage: Usage, table: dict[str, Any], at: int) -> bool:
    return (
        table["service"] == usage.service
        and table.get("direction", "originating") == usage.direction
        and calendars.in_effect(table, at)
    )


def _period(usage: Usage, table: dict[str, Any], at: int) -> str:
    return calendars.period_at(usage.document, table.get("calendar"), at, usage.time_zone)


def _when(usage: Usage, conditions: dict[str, Any], period: str) -> bool:
    for name, allowed in conditions.items():
        if name == "zones":
            holds = usage.zone in allowed
        elif name == "cell_groups":
            holds = places.in_cell_groups(usage.document, allowed, usage.cell)
        elif name == "periods":
            holds = period in allowed
        else:
            holds = usage.properties[name] in allowed
        if not holds:
            return False
    return True


def covers(usage: Usage, entry: dict[str, Any], period: str) -> bool:
    """Whether an entry of a bucket's `pays` or a discount's `applies` holds for the usage."""
    directions = entry.get("directions", [usage.direction])
    if entry["service"] != usage.service or usage.direction not in directions:
        return False
    if "destinations" in entry and not lies_in(usage.document, entry["destinations"], usage.number):
        return False
    if "symbols" in entry and not usage.symbols() & set(entry["symbols"]):
        return False
    for name, fact in (
        ("rating_groups", usage.rating_group),
        ("zones", usage.zone),
        ("periods", period),
    ):
        if name in entry and fact not in entry[name]:
            return False
    return True


def _find(usage: Usage, rates: list[dict[str, Any]], period: str, at: int) -> dict[str, Any] | None:
    """Rates of another period or not in effect are as if they were not there."""
    holding = [
        rate
        for rate in rates
        if calendars.in_effect(rate, at) and rate.get("period", period) == period
    ]
    for rate in _selected(usage, holding):  # one of the period before one of every period
        if "period" in rate:
            return rate
    found = _selected(usage, holding)
    return found[0] if found else None


def _selected(usage: Usage, holding: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for symbol in ("cug", "favourite", "on_net"):
        found = [rate for rate in holding if rate.get("symbol") == symbol]
        if found and symbol in usage.symbols():
            return found
    if usage.rating_group is not None:
        found = [rate for rate in holding if rate.get("rating_group") == usage.rating_group]
        if found:
            return found
    best = longest([prefix for rate in holding for prefix in _prefixes(usage, rate)], usage.number)
    if best is not None:
        return [rate for rate in holding if best in _prefixes(usage, rate)]
    return [rate for rate in holding if rate.get("default")]


def _prefixes(usage: Usage, rate: dict[str, Any]) -> list[str]:
    if "prefix" in rate:
        return [rate["prefix"]]
    if "destination" in rate:
        return prefixes_of(usage.document, rate["destination"])
    return []
