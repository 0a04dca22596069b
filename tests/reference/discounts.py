"""Volume discounts: the tier a unit falls into, and the counter behind it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests.reference.money import micros
from tests.reference.selection import covers
from tests.reference.stretches import Segment
from tests.reference.usage import Usage, by_code

NO_DISCOUNT: dict[str, Any] = {"measure": "units", "tiers": [{"from": 0, "percent": "0"}]}


def discount_for(usage: Usage, products: list[dict[str, Any]], segment: Segment) -> dict[str, Any]:
    """The first discount of the line's products, in the order of deciding, that applies."""
    for product in products:
        for code in product.get("discounts", []):
            rule = by_code(usage.document, "discounts", code)
            for entry in rule["applies"]:
                if covers(usage, entry, segment.choice.period):
                    return rule
    return NO_DISCOUNT


class Counter:
    """How much was counted for a discount rule."""

    def __init__(self, rule: dict[str, Any], used: int) -> None:
        self.rule, self.used = rule, used
        self.aggregate = rule.get("mode") == "aggregate"
        self.money = rule.get("measure", "units") == "money"
        self.tiers = [
            (self._amount(tier["from"]), Fraction(tier["percent"]) / 100) for tier in rule["tiers"]
        ]

    def _amount(self, value: int | str) -> int:
        return int(micros(str(value))) if self.money else int(value)

    def discount(self) -> Fraction:
        """That of the tier the next unit falls into."""
        found = Fraction(0)
        for begin, discount in self.tiers:
            if begin <= self.used:
                found = discount
        return found

    def tier_end(self, position: int, segment: Segment) -> int:
        """The position where the next tier begins, or the end of the segment."""
        for begin, _ in self.tiers:
            if begin > self.used:
                gap = begin - self.used
                if not self.money:
                    return min(segment.end, position + gap)
                return self._price_reaches(position, segment, gap)
        return segment.end

    def _price_reaches(self, position: int, segment: Segment, gap: int) -> int:
        """The first position at which the undiscounted price is `gap` more."""
        end, step = position, 10**19
        while step >= 1:
            while end + step < segment.end and segment.costs_at_most(
                position, end + step, Fraction(0), gap - 1
            ):
                end += step
            step //= 10
        return end + 1

    def count(self, begin: int, end: int, segment: Segment) -> None:
        """Counts units that money paid for."""
        self.used += self._counted(begin, end, segment)

    def _counted(self, begin: int, end: int, segment: Segment) -> int:
        if not self.money:
            return end - begin
        return segment.amount(begin, end, Fraction(0))
