"""What clients noticed of an event: pure, of the times at which they were answered."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

FELT_SECONDS = 1.0
"""A shorter gap is the ordinary course of a small load."""


@dataclass(frozen=True)
class Counts:
    """How often something had happened by a moment."""

    refused: int
    retransmitted: int


@dataclass(frozen=True)
class Window:
    """An event and what came after it until the next; times of one monotonic clock, seconds."""

    name: str
    began: float
    ended: float
    before: Counts
    after: Counts
    limit: float | None = None
    """The longest gap that is allowed."""


@dataclass(frozen=True)
class Felt:
    """What clients noticed of one event."""

    name: str
    gap: float  # the longest time between two acknowledgements, seconds
    until_service: float | None  # from the event to the end of that gap; None when nothing was felt
    wait: float  # the longest time one request took, with all its repeats, seconds
    refused: int
    retransmitted: int
    limit: float | None

    @property
    def holds(self) -> bool:
        """Whether the gap is within its limit."""
        return self.limit is None or self.gap <= self.limit


def felt(
    window: Window, acknowledged: Sequence[float], waited: Sequence[tuple[float, float]]
) -> Felt:
    """Look at one event. The gap may have begun before it, with the last answer of all.

    ``waited``: when each request was answered, and how long that took.
    """
    times = sorted(acknowledged)
    earlier = [at for at in times if at < window.began]
    inside = [at for at in times if window.began <= at < window.ended]
    # Nothing at all since the event: the gap goes on.
    points = [*earlier[-1:], *(inside or [window.ended])]
    if not earlier:
        points.insert(0, window.began)
    if inside and inside[-1] < window.ended:
        points.append(window.ended)
    gap, end = max(
        ((later - before, later) for before, later in itertools.pairwise(points)),
        default=(0.0, window.began),
    )
    return Felt(
        name=window.name,
        gap=gap,
        until_service=end - window.began if gap > FELT_SECONDS else None,
        wait=max(
            (seconds for at, seconds in waited if window.began <= at < window.ended), default=0.0
        ),
        refused=window.after.refused - window.before.refused,
        retransmitted=window.after.retransmitted - window.before.retransmitted,
        limit=window.limit,
    )
