"""Prices of the first p billed units, exactly, in micros.

Every class has `interval_end(usage)`: the billed units of a usage that is billed at all;
`value(position)`: the price of so many billed units.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from tests.reference import calendars
from tests.reference.draws import Interval, Step, Surcharge, drawn_steps
from tests.reference.expressions import evaluate
from tests.reference.money import MICROS, micros
from tests.reference.selection import Choice
from tests.reference.usage import Usage, by_code


class Price(Protocol):
    """One stretch's price."""

    def interval_end(self, usage: int) -> int: ...
    def value(self, position: int) -> Fraction: ...


def price_of(usage: Usage, choice: Choice, *, continuing: bool, at: int) -> Price:
    """The price of a stretch that begins at `at`, after another one when `continuing`."""
    rate = choice.rate
    if "formula" in rate:
        formula = by_code(usage.document, "formulas", rate["formula"])
        if continuing:
            return FormulaPrice([_last_interval(formula)], formula.get("maximum_charge"))
        return FormulaPrice(drawn_steps(formula, usage.session), formula.get("maximum_charge"))
    if "expression" in rate:
        return ExpressionPrice(usage, choice, at)
    return SimplePrice.of(rate, continuing=continuing)


def _last_interval(formula: dict[str, Any]) -> Interval:
    """All that is left of a formula after another price: its last interval, for ever."""
    intervals = [step for step in drawn_steps(formula, "") if isinstance(step, Interval)]
    return Interval(intervals[-1].size, None, intervals[-1].unit_price)


@dataclass(frozen=True)
class SimplePrice:
    """Intervals and their prices."""

    first: int
    following: int
    first_price: Fraction
    price: Fraction
    fee: Fraction
    free_units: int
    surcharge: Fraction
    minimum: Fraction
    maximum: Fraction | None

    @classmethod
    def of(cls, rate: dict[str, Any], *, continuing: bool) -> SimplePrice:
        """After another stretch: no fee, no free units, no minimum, no first interval."""
        per, following = rate.get("per", 1), rate.get("next_interval", 1)
        price = micros(rate["price"]) / per
        opening_price = micros(rate.get("first_price", rate["price"])) / per
        limit = rate.get("maximum_charge")
        return cls(
            first=following if continuing else rate.get("first_interval", 1),
            following=following,
            first_price=price if continuing else opening_price,
            price=price,
            fee=Fraction(0) if continuing else micros(rate.get("connection_fee", "0")),
            free_units=0 if continuing else rate.get("free_units", 0),
            surcharge=Fraction(rate.get("surcharge_percent", "0")) / 100,
            minimum=Fraction(0) if continuing else micros(rate.get("minimum_charge", "0")),
            maximum=None if limit is None else micros(limit),
        )

    def interval_end(self, usage: int) -> int:
        """The first interval, then whole next intervals."""
        if usage == 0:
            return 0
        billed = self.first
        while billed < usage:  # many at once only while many are missing
            billed += self.following * max(1, (usage - billed) // self.following)
        return billed

    def unit_price(self, unit: int) -> Fraction:
        """What the unit of this number (from 1) costs by itself."""
        if unit <= self.free_units:
            return Fraction(0)
        return self.first_price if unit <= self.first else self.price

    def value(self, position: int) -> Fraction:
        """Sums rows of units that cost the same; `literal_value` says it unit by unit."""
        total, summed = self.fee, 0
        for row_end in sorted({self.free_units, self.first, position}):
            if summed < row_end <= position:
                total += (row_end - summed) * self.unit_price(row_end)
                summed = row_end
        return self._finished(position, total)

    def literal_value(self, position: int) -> Fraction:
        """The definition."""
        total = self.fee
        for unit in range(1, position + 1):
            total += self.unit_price(unit)
        return self._finished(position, total)

    def _finished(self, position: int, total: Fraction) -> Fraction:
        if position == 0:
            return Fraction(0)
        total = max(total * (1 + self.surcharge), self.minimum)
        return total if self.maximum is None else min(total, self.maximum)


@dataclass(frozen=True)
class FormulaPrice:
    """Steps walked in order."""

    steps: list[Step]
    maximum: str | None

    def interval_end(self, usage: int) -> int:
        """Whole intervals of the step the usage ends in."""
        reached = 0
        for step in self.steps:
            if isinstance(step, Interval):
                done = 0
                while reached < usage and (step.count is None or done < step.count):
                    many = max(1, (usage - reached) // step.size)
                    if step.count is not None:
                        many = min(many, step.count - done)
                    reached += many * step.size
                    done += many
        return reached

    def value(self, position: int) -> Fraction:
        """Intervals as far as they are used, surcharges once a unit after them is."""
        total, reached = Fraction(0), 0
        for step in self.steps:
            if reached >= position:
                break
            if isinstance(step, Surcharge):
                total += step.fixed + total * step.part
            elif isinstance(step, Interval):
                left = position - reached
                taken = left if step.count is None else min(left, step.count * step.size)
                total += taken * step.unit_price
                reached += taken
        return total if self.maximum is None else min(total, micros(self.maximum))


class ExpressionPrice:
    """A price expression; its facts are those of the start of the stretch."""

    def __init__(self, usage: Usage, choice: Choice, at: int) -> None:
        wall = calendars.local(at, usage.time_zone)
        self.expression: str = choice.rate["expression"]
        self.names = {
            "hour": Fraction(wall.hour),
            "weekday": Fraction(wall.isoweekday()),
            "rating_group": Fraction(usage.rating_group or 0),
        }
        self.questions = {
            "zone_is": lambda code: usage.zone == code,
            "destination_is": usage.number.startswith,
            "period_is": lambda code: choice.period == code,
        }

    def interval_end(self, usage: int) -> int:
        """Every unit is billed."""
        return usage

    def value(self, position: int) -> Fraction:
        """Nothing for nothing, and nothing below zero."""
        if position == 0:
            return Fraction(0)
        names = {**self.names, "units": Fraction(position)}
        return max(Fraction(0), evaluate(self.expression, names, self.questions) * MICROS)
