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


Step = Interval | Surcharge


def draw(session: str, k: int) -> tuple[int, int]:
    """The two numbers of draw k: for the probability and for the dispersion."""
    digest = hashlib.sha256(session.encode() + b"\0" + bytes([k])).digest()
    return int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:16], "big")


def drawn_steps(formula: dict[str, Any], session: str) -> list[Step]:
    """The steps that this session pays; where it is to end changes no price."""
    steps: list[Step] = []
    k = 0
    for step in formula["steps"]:
        if "interval" in step:
            price = micros(step["price"]) / step.get("per", 1)
            steps.append(Interval(step["interval"], step.get("count"), price))
            continue
        probability = step.get("disconnect", step.get("probability", 100))
        happens = True
        if probability < 100 or step.get("dispersion", 0) > 0:
            happens = draw(session, k)[0] % 100 < probability
            k += 1
        if happens and "disconnect" not in step:
            part = Fraction(step.get("percent", "0")) / 100
            steps.append(Surcharge(micros(step.get("fixed", "0")), part))
    last = [step for step in steps if isinstance(step, Interval)][-1]
    if last.count is not None:  # usage reported beyond the end
        steps.append(Interval(last.size, None, last.unit_price))
    return steps
