"""What each payer paid, and how an answer shows it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from tests.reference.money import decimal, percent_text
from tests.reference.stretches import Segment


@dataclass(frozen=True)
class Part:
    """Billed units [begin, end) of one segment that one payer pays, at one discount."""

    payer: str
    source: int
    """Which instance: parts of two instances of one bucket stay apart."""
    segment: Segment
    begin: int
    end: int
    units: int | None = None
    """Taken from a bucket of units; None where money was taken."""
    money: int = 0
    """Micros taken."""
    asked: int = 0
    """Micros asked for, discounted; more than was taken where the money was short."""
    undiscounted: int = 0
    discount: Fraction = Fraction(0)
    aggregate: bool = False
    averaged: bool = False
    """Made of parts at different discounts."""

    def goes_on_as(self, later: Part) -> bool:
        """Whether the later part, which begins where this ends, is shown as one with this."""
        return (
            (self.payer, self.source) == (later.payer, later.source)
            and self.end == later.begin
            and self.segment.stretch is later.segment.stretch
            and self.segment.choice.period == later.segment.choice.period
            and (self.discount == later.discount or (self.aggregate and later.aggregate))
        )

    def with_later(self, later: Part) -> Part:
        """Both as one."""
        return replace(
            self,
            end=later.end,
            units=None if self.units is None else self.units + (later.units or 0),
            money=self.money + later.money,
            asked=self.asked + later.asked,
            undiscounted=self.undiscounted + later.undiscounted,
            averaged=self.averaged or self.discount != later.discount,
        )

    def answer(self) -> dict[str, Any]:
        """The part in an answer."""
        choice = self.segment.choice
        return {
            "payer": self.payer,
            "rate": choice.rate.get("name", ""),
            "table": choice.table["code"],
            "period": choice.period,
            "from": self.begin,
            "to": self.end,
            "units": self.end - self.begin,
            "cost": decimal(self.money) if self.units is None else str(self.units),
            "amount_micros": self.money,
            "discount_percent": percent_text(self._percent()),
        }

    def _percent(self) -> Fraction:
        if not self.averaged:
            return self.discount * 100
        if self.undiscounted == 0:
            return Fraction(0)
        return 100 - Fraction(self.asked * 100, self.undiscounted)


def joined(parts: list[Part]) -> list[Part]:
    """Parts that one payer pays on the same terms as one."""
    result: list[Part] = []
    for part in parts:
        if result and result[-1].goes_on_as(part):
            result[-1] = result[-1].with_later(part)
        else:
            result.append(part)
    return result
