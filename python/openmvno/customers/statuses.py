"""Statuses of a customer: a set of them at a time, of which the strongest is shown.

Its own are set by people or by rules (``marks``); those of who is above it come down the tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

OK: Final = "ok"
PRECEDENCE: Final = (
    "closed",
    "blocked",
    "reseller_blocked",
    "suspended",
    "reseller_suspended",
    "limited",
    "suspension_delayed",
    "limiting_delayed",
    "provisionally_terminated",
    "credit_exceeded",
    "no_available_funds",
    "spending_limit_reached",
    "frozen",
    "billing_paused",
    OK,
)
"""The strongest first."""

MARKS: Final = (
    "closed",
    "blocked",
    "suspended",
    "limited",
    "suspension_delayed",
    "limiting_delayed",
    "provisionally_terminated",
    "frozen",
    "billing_paused",
)
"""Those a customer can be given; the others follow from its money or from who is above it."""

HANDED_DOWN: Final = {
    "closed": "reseller_blocked",
    "blocked": "reseller_blocked",
    "suspended": "reseller_suspended",
    "provisionally_terminated": "reseller_suspended",
}
"""What a mark is for those below."""

BARRING: Final = tuple(HANDED_DOWN)
"""With these no line of the customer, or of one below it, is charged for anything new."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One status that a customer has, and whose mark it comes from."""

    status: str
    customer_id: UUID


def causes_of(
    own: tuple[UUID, Sequence[str]], above: Iterable[tuple[UUID, Sequence[str]]]
) -> list[Cause]:
    """Every status of a customer, the strongest first; ``above``: those above it with their
    marks, the nearest first."""
    found = [Cause(mark, own[0]) for mark in own[1]]
    for customer_id, marks in above:
        found += [Cause(HANDED_DOWN[mark], customer_id) for mark in marks if mark in HANDED_DOWN]
    return sorted(found, key=lambda cause: PRECEDENCE.index(cause.status))


def in_order(causes: Iterable[Cause]) -> list[Cause]:
    """Each once, the strongest first."""
    return sorted(dict.fromkeys(causes), key=lambda cause: PRECEDENCE.index(cause.status))


def bars(causes: Iterable[Cause]) -> bool:
    """Whether lines are out of service for any of these."""
    barring = {*BARRING, *HANDED_DOWN.values()}
    return any(cause.status in barring for cause in causes)
