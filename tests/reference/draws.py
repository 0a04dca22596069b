"""The seeded draws of a formula, and its steps after them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tests.reference.money import micros


@dataclass(frozen=True)
class Interval:
    """`count` times `size` units (None: for ever) at so many micros each."""

    size: int
    count: int | None
    unit_price: Fraction


@dataclass(frozen=True)
class Surcharge:
    """Due with the first unit after it: so many micros, and a part of everything so far."""

    fixed: Fraction
    part: Fraction


@dataclass(frozen=True)
class Stop:
    """The session ends so many units before this place."""

    earlier: int


Step = Interval | Surcharge | Stop


def draw(session: str, k: int) -> tuple[int, int]:
    """The two numbers of draw k: for the probability and for the dispersion."""
    digest = hashlib.sha256(session.encode() + b"\0" + bytes([k])).digest()
    return int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:16], "big")


def drawn_steps(formula: dict[str, Any], session: str) -> list[Step]:
    """The steps that this session has."""
    steps: list[Step] = []
    k = 0
    for step in formula["steps"]:
        if "interval" in step:
            price = micros(step["price"]) / step.get("per", 1)
            steps.append(Interval(step["interval"], step.get("count"), price))
            continue
        probability = step.get("disconnect", step.get("probability", 100))
        dispersion = step.get("dispersion", 0)
        happens, earlier = True, 0
        if probability < 100 or dispersion > 0:
            first, second = draw(session, k)
            happens = first % 100 < probability
            earlier = second % (dispersion + 1)
            k += 1
        if happens:
            steps.append(_happening(step, earlier))
    return steps


def _happening(step: dict[str, Any], earlier: int) -> Step:
    if "disconnect" in step:
        return Stop(earlier)
    return Surcharge(micros(step.get("fixed", "0")), Fraction(step.get("percent", "0")) / 100)
