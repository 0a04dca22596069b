"""Revenue and bills of a period under two documents, summed while the usage streams by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from openmvno.catalog.model import Subscription
from openmvno.catalog.pricing import RESULTS, Rated
from openmvno.charging import Usage

BANDS: Final = (-50, -20, -10, -5, 5, 10, 20, 50)
"""Percent of a bill's change that bound the bands of the distribution."""

LABELS: Final = (
    "below -50%",
    "-50% to -20%",
    "-20% to -10%",
    "-10% to -5%",
    "-5% to 0%",
    "unchanged",
    "0% to +5%",
    "+5% to +10%",
    "+10% to +20%",
    "+20% to +50%",
    "above +50%",
    "paid nothing before",
)
UNCHANGED: Final = LABELS.index("unchanged")


@dataclass(frozen=True, slots=True)
class Sums:
    """Micros: charged in reality, and what both documents ask for the same usage."""

    records: int
    charged: int
    before: int
    after: int

    @property
    def change(self) -> int:
        """Micros more (or less, when negative) than before."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Bill:
    """What one line would pay for its usage of the period."""

    line: UUID
    msisdn: str
    product: str
    sums: Sums


@dataclass(frozen=True, slots=True)
class Band:
    """Subscribers whose bill changes by about the same share; ``change`` in micros, summed."""

    label: str
    subscribers: int
    change: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many records came to a result under each document."""

    result: str
    before: int
    after: int


class Ledger:
    """Adds both ratings of each usage up."""

    def __init__(self) -> None:
        self._lines: dict[bytes, list[int]] = {}
        self._services: dict[str, list[int]] = {}
        self._results: tuple[Counter[int], Counter[int]] = (Counter(), Counter())

    def add(self, batch: Sequence[Usage], before: Rated, after: Rated) -> None:
        """Add a batch rated under both documents."""
        lines, services = self._lines, self._services
        for usage, old, new in zip(batch, before[0], after[0], strict=True):
            for sums in (
                lines.setdefault(usage.line, [0, 0, 0, 0]),
                services.setdefault(usage.service, [0, 0, 0, 0]),
            ):
                sums[0] += 1
                sums[1] += usage.charged
                sums[2] += old
                sums[3] += new
        for counter, (_, results) in zip(self._results, (before, after), strict=True):
            counter.update(results)

    def total(self) -> Sums:
        """Of everything."""
        columns = zip(*self._services.values(), strict=True)
        return Sums(*map(sum, columns)) if self._services else Sums(0, 0, 0, 0)

    def services(self) -> dict[str, Sums]:
        """By service, the one with most revenue first."""
        ordered = sorted(self._services.items(), key=lambda entry: -max(entry[1][2:]))
        return {service: Sums(*sums) for service, sums in ordered}

    def outcomes(self) -> list[Outcome]:
        """By result, those that occurred."""
        before, after = self._results
        return [
            Outcome(result, before[position], after[position])
            for position, result in enumerate(RESULTS)
            if before[position] or after[position]
        ]

    def bills(self, lines: Mapping[UUID, Subscription]) -> list[Bill]:
        """Of every line with usage, the largest rise first."""
        unknown = Subscription("", "", ())
        bills = []
        for line, sums in self._lines.items():
            line_id = UUID(bytes=line)
            subscription = lines.get(line_id, unknown)
            bills.append(Bill(line_id, subscription.msisdn, subscription.product, Sums(*sums)))
        return sorted(bills, key=lambda bill: (-bill.sums.change, bill.line))


def distribution(bills: Sequence[Bill]) -> list[Band]:
    """Subscribers by the change of their bill in percent of the bill before."""
    subscribers: Counter[str] = Counter()
    changes: Counter[str] = Counter()
    for bill in bills:
        label = LABELS[_band(bill.sums)]
        subscribers[label] += 1
        changes[label] += bill.sums.change
    return [Band(label, subscribers[label], changes[label]) for label in LABELS]


def _band(sums: Sums) -> int:
    """The position of a bill's band; a change of exactly a bound is in the band nearer to zero."""
    if sums.change == 0:
        return UNCHANGED
    if sums.before == 0:
        return len(LABELS) - 1
    scaled = 100 * sums.change
    if sums.change < 0:
        return sum(scaled >= bound * sums.before for bound in BANDS if bound < 0)
    return UNCHANGED + 1 + sum(scaled > bound * sums.before for bound in BANDS if bound > 0)
