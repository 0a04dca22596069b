"""Cutting a usage where its price or its period changes.

Positions are billed units from the start of the usage. They are units of usage too: an interval
that has begun is billed whole, so the next price begins where that interval ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from tests.reference import calendars
from tests.reference.money import Overflow, rounded
from tests.reference.price import Price, price_of
from tests.reference.selection import Choice, Entry, choose
from tests.reference.usage import Usage

SECOND = 1000
FAR = 400 * calendars.DAY
"""How far ahead a change of price is looked for when the gateway reports one."""


@dataclass(frozen=True)
class Stretch:
    """A rate from `begin` on."""

    begin: int
    price: Price
    rounding: str
    grace: int

    def amount(self, position: int, discount: Fraction) -> int:
        """The stretch's price up to a position of the usage, rounded once."""
        exact = self.price.value(position - self.begin) * (1 - discount)
        return rounded(exact, self.rounding)


@dataclass(frozen=True)
class Segment:
    """Billed units [begin, end) of one stretch in one period."""

    begin: int
    end: int
    stretch: Stretch
    choice: Choice

    def amount(self, begin: int, end: int, discount: Fraction) -> int:
        """The price of billed units [begin, end) of the usage."""
        return self.stretch.amount(end, discount) - self.stretch.amount(begin, discount)

    def costs_at_most(self, begin: int, end: int, discount: Fraction, limit: int) -> bool:
        """Whether that price is within a limit; one too large for an amount is not."""
        try:
            return self.amount(begin, end, discount) <= limit
        except Overflow:
            return False


@dataclass
class _Beginning:
    """A segment whose end is not known yet."""

    begin: int
    stretch: Stretch
    choice: Choice


def stretch(usage: Usage, choice: Choice, begin: int, at: int, *, continuing: bool) -> Stretch:
    """The stretch of a chosen rate."""
    rounding: str = choice.rate.get("rounding") or usage.document.get("rounding") or "half_up"
    grace = 0 if continuing else choice.rate.get("grace", 0)
    return Stretch(begin, price_of(usage, choice, continuing=continuing, at=at), rounding, grace)


def segments(usage: Usage, first: Choice, entries: list[Entry]) -> list[Segment]:
    """What is billed, cut; nothing for a usage within its grace."""
    opening = stretch(usage, first, 0, usage.at, continuing=False)
    begun = [_Beginning(0, opening, first)]
    for at, used in changes(usage, entries):
        if _switches_at_start(begun[-1].choice) or used >= usage.units:
            break
        following = choose(usage, entries, at)
        if following is None or following.rate.get("forbidden"):
            break  # nothing prices the usage any more: the last price goes on
        _change(usage, begun, following, at, used)
    return _ended(usage, begun)


def _switches_at_start(choice: Choice) -> bool:
    return bool(choice.table.get("switch") == "start")


def changes(usage: Usage, entries: list[Entry]) -> Iterator[tuple[int, int]]:
    """Instants at which a price may change, with the units used before each.

    Voice is cut at the second of the boundary: a second that has begun before it is before it. Data
    is cut once, at the first change after its start, where the gateway says. Events happen at once.
    """
    if usage.unit == "second":
        end = usage.at + usage.units * SECOND
        for at in calendars.moments(usage.document, usage.time_zone, usage.at, end):
            yield at, -((usage.at - at) // SECOND)
    elif usage.unit == "octet" and usage.after_change is not None:
        before = choose(usage, entries, usage.at)
        far = usage.at + FAR
        for at in calendars.moments(usage.document, usage.time_zone, usage.at, far):
            after = choose(usage, entries, at)
            if before and (after is None or _differ(before, after)):
                yield at, usage.units - usage.after_change
                return


def _differ(one: Choice, other: Choice) -> bool:
    return one.period != other.period or not one.same_price(other)


def _change(usage: Usage, begun: list[_Beginning], following: Choice, at: int, used: int) -> None:
    current = begun[-1]
    if not _differ(current.choice, following):
        return
    reached = current.stretch.price.interval_end(max(0, used - current.stretch.begin))
    begin = max(current.begin, current.stretch.begin + reached)
    if begin == current.begin:  # it has got no unit
        begun.pop()
    if begin == 0:
        fresh = stretch(usage, following, 0, at, continuing=False)
        begun.append(_Beginning(0, fresh, following))
    elif following.same_price(current.choice):
        begun.append(_Beginning(begin, current.stretch, following))
    else:
        after = stretch(usage, following, begin, at, continuing=True)
        begun.append(_Beginning(begin, after, following))


def _ended(usage: Usage, begun: list[_Beginning]) -> list[Segment]:
    if usage.units <= begun[0].stretch.grace:
        return []
    while begun[-1].begin >= usage.units and len(begun) > 1:
        begun.pop()  # the interval before it took all of the usage
    final = begun[-1].stretch
    billed = final.begin + final.price.interval_end(max(0, usage.units - final.begin))
    ends = [beginning.begin for beginning in begun[1:]] + [billed]
    return [
        Segment(beginning.begin, end, beginning.stretch, beginning.choice)
        for beginning, end in zip(begun, ends, strict=True)
        if beginning.begin < end
    ]
