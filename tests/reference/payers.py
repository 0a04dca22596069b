"""Who pays: buckets of units, buckets of money, the balance, and what exhausted buckets do.

One payer after another pays as many of the next units as it can. One that cannot pay the next unit
is not asked again for that segment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from tests.reference.discounts import Counter
from tests.reference.money import whole_up
from tests.reference.parts import Part
from tests.reference.selection import covers
from tests.reference.stretches import Segment
from tests.reference.usage import Usage

BALANCE_PRIORITY = 1000
FOR_EVER = 2**63
NONE = Fraction(0)


@dataclass
class Bucket:
    """An instance of a bucket rule with what is left of it."""

    rule: dict[str, Any]
    remaining: int
    expires_at: int
    number: int
    """Its place among the buckets: the older first."""

    @property
    def name(self) -> str:
        """As a part names it."""
        return f"bucket:{self.rule['code']}"

    def left(self) -> int | None:
        """What it can still pay."""
        return self.remaining

    def take(self, amount: int) -> None:
        """Pays."""
        self.remaining -= amount


@dataclass
class Balance:
    """The balance; `available` None is unlimited."""

    available: int | None
    debt: bool
    name: str = "balance"
    number: int = -1

    def left(self) -> int | None:
        """What it can still pay; None without limit."""
        return None if self.available is None else max(0, self.available)

    def take(self, amount: int) -> None:
        """Pays."""
        if self.available is not None:
            self.available -= amount


def furthest(start: int, end: int, possible: Callable[[int], bool]) -> int:
    """The last position up to `end` that is possible; none after an impossible one is.

    Walks in long steps as long as they are possible, then in shorter ones, at last unit by unit.
    """
    position, step = start, 10**19
    while step >= 1:
        while position + step <= end and possible(position + step):
            position += step
        step //= 10
    return position


@dataclass
class Purse:
    """All payers of a usage and what they have paid so far."""

    usage: Usage
    buckets: list[Bucket]
    balance: Balance
    parts: list[Part] = field(default_factory=list)
    uncovered: int = 0
    blocked: bool = False
    covered: dict[tuple[str, int], int] = field(default_factory=dict)
    """Units a bucket rule's entry of `pays` has paid in this usage: cost is cumulated over them."""

    def pay(self, segment: Segment, counter: Counter) -> None:
        """Pays one segment."""
        payers = self._payers(segment)
        position = segment.begin
        for index, payer in enumerate(payers):
            if isinstance(payer, Balance) or payer.rule["unit"] == "money":
                position = self._money(payer, position, segment, counter)
            else:
                position = self._units(payer, position, segment)
            if position == segment.end:
                return
            if isinstance(payer, Bucket) and not _again(payer, payers[index + 1 :]):
                action = payer.rule.get("exhausted", "pay_as_you_go")
                if action == "throttle":
                    self._throttle(payer.rule["code"], position, segment)
                    return
                if action == "block":
                    self._block(position, segment)
                    return
        self._rest(position, segment, counter)

    def _payers(self, segment: Segment) -> list[Bucket | Balance]:
        """By priority, then the earlier end, then the older (the order of the list)."""
        ordered: list[tuple[int, int, Bucket | Balance]] = [
            (bucket.rule.get("priority", 100), bucket.expires_at, bucket)
            for bucket in self.buckets
            if self._entry(bucket.rule, segment) is not None
        ]
        ordered.append((BALANCE_PRIORITY, FOR_EVER + 1, self.balance))
        return [payer for _, _, payer in sorted(ordered, key=lambda row: row[:2])]

    def _entry(self, rule: dict[str, Any], segment: Segment) -> int | None:
        """The first entry of the rule's `pays` that holds."""
        for index, entry in enumerate(rule["pays"]):
            if covers(self.usage, entry, segment.choice.period):
                return index
        return None

    def _units(self, bucket: Bucket, position: int, segment: Segment) -> int:
        index = self._entry(bucket.rule, segment)
        assert index is not None
        key = (bucket.rule["code"], index)
        covered = self.covered.get(key, 0)
        paid = bucket_cost(bucket.rule, index, covered)

        def cost(end: int) -> int:
            return bucket_cost(bucket.rule, index, covered + end - position) - paid

        reach = furthest(position, segment.end, lambda end: cost(end) <= bucket.remaining)
        if reach > position:
            self.covered[key] = covered + reach - position
            self.parts.append(
                Part(bucket.name, bucket.number, segment, position, reach, units=cost(reach))
            )
            bucket.take(cost(reach))
        return reach

    def _money(
        self, payer: Bucket | Balance, position: int, segment: Segment, counter: Counter
    ) -> int:
        """Tier by tier of the discount, as far as the payer's money reaches."""
        while position < segment.end:
            tier_end = counter.tier_end(position, segment)
            reach = self._affordable(payer.left(), position, tier_end, segment, counter)
            if reach > position:
                asked = segment.amount(position, reach, counter.discount())
                self._take(payer, (position, reach), segment, counter, asked)
            position = reach
            if reach < tier_end:
                break
        return position

    def _affordable(
        self, left: int | None, position: int, end: int, segment: Segment, counter: Counter
    ) -> int:
        if left is None:
            return end
        discount = counter.discount()
        return furthest(
            position, end, lambda reach: segment.costs_at_most(position, reach, discount, left)
        )

    def _take(
        self,
        payer: Bucket | Balance,
        stretch: tuple[int, int],
        segment: Segment,
        counter: Counter,
        money: int,
    ) -> None:
        begin, end = stretch
        discount = counter.discount()
        part = Part(
            payer.name,
            payer.number,
            segment,
            begin,
            end,
            money=money,
            asked=segment.amount(begin, end, discount),
            undiscounted=segment.amount(begin, end, NONE),
            discount=discount,
            aggregate=counter.aggregate,
        )
        self.parts.append(part)
        payer.take(money)
        counter.count(begin, end, segment)

    def _throttle(self, code: str, position: int, segment: Segment) -> None:
        """The rest is free."""
        self.parts.append(Part(f"throttle:{code}", -1, segment, position, segment.end, units=0))

    def _block(self, position: int, segment: Segment) -> None:
        """Nobody pays the rest."""
        self.blocked = self.blocked or not self.parts
        self.uncovered += segment.amount(position, segment.end, NONE)

    def _rest(self, position: int, segment: Segment, counter: Counter) -> None:
        """Units that nobody can pay whole: the balance pays what it has left, or owes them."""
        while position < segment.end:
            end = counter.tier_end(position, segment)
            asked = segment.amount(position, end, counter.discount())
            left = self.balance.left()
            paid = asked if self.balance.debt or left is None else min(asked, left)
            self.uncovered += asked - paid
            self._take(self.balance, (position, end), segment, counter, paid)
            position = end


def _again(bucket: Bucket, later: list[Bucket | Balance]) -> bool:
    """Whether another instance of the same rule has something left and is still to be asked."""
    return any(
        isinstance(other, Bucket) and other.name == bucket.name and other.remaining > 0
        for other in later
    )


def bucket_cost(rule: dict[str, Any], index: int, covered: int) -> int:
    """What paying so many units costs in the bucket's own: rounded up once, to whole steps."""
    cost = covered
    if rule["unit"] == "unit":
        entry = rule["pays"][index]
        cost = whole_up(Fraction(covered * entry.get("cost", 1), entry.get("per", 1)))
    step = int(rule.get("interval", 1))
    return -(-cost // step) * step
