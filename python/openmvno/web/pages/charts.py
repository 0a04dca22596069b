"""Series of figures as shapes of an SVG picture; the templates draw them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 640
HEIGHT: Final = 180
LEFT: Final = 64
BOTTOM: Final = 24
TOP: Final = 10
RIGHT: Final = 8
MARKS: Final = 5
"""Moments that are named at the foot."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across the picture and what it stands for."""

    y: float
    value: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One value of a series of columns."""

    x: float
    y: float
    width: float
    height: float
    index: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Shapes of one or more series over the same moments."""

    lines: list[str]
    """``points`` of a polyline per series."""
    areas: list[str]
    bars: list[Bar]
    """Of the first series."""
    ticks: list[Tick]
    marks: list[tuple[float, int]]
    """Where on the foot a moment is named: x and its index."""
    width: int
    height: int = HEIGHT
    left: int = LEFT
    base: int = HEIGHT - BOTTOM


def chart_of(series: Sequence[Sequence[float]], width: int = WIDTH) -> Chart:
    """A chart of series of the same length, from zero up. ``width``: in the picture's units, so
    that a broad one is not a high one."""
    length = max((len(values) for values in series), default=0)
    top = ceiling(max((value for values in series for value in values), default=0.0))
    base = HEIGHT - BOTTOM
    height = base - TOP
    step = (width - LEFT - RIGHT) / max(length - 1, 1)

    def at(index: int, value: float) -> tuple[float, float]:
        return round(LEFT + index * step, 1), round(base - height * value / top, 1)

    lines = [" ".join(f"{x},{y}" for x, y in (at(i, v) for i, v in enumerate(s))) for s in series]
    areas = [
        f"{LEFT},{base} {line} {round(LEFT + (length - 1) * step, 1)},{base}" for line in lines
    ]
    return Chart(
        lines,
        areas if length else [],
        _bars(series[0] if series else [], top, base, width),
        [Tick(round(base - height * share / 2, 1), top * share / 2) for share in range(3)],
        _marks(length, step, MARKS),
        width,
    )


def _bars(values: Sequence[float], top: float, base: int, width: int) -> list[Bar]:
    height = base - TOP
    room = (width - LEFT - RIGHT) / max(len(values), 1)
    return [
        Bar(
            round(LEFT + index * room + room * 0.1, 1),
            round(base - height * value / top, 1),
            round(room * 0.8, 1),
            round(height * value / top, 1),
            index,
        )
        for index, value in enumerate(values)
    ]


def _marks(length: int, step: float, wanted: int) -> list[tuple[float, int]]:
    if length < 2:
        return []
    count = min(wanted, length)
    indexes = sorted({round(place * (length - 1) / (count - 1)) for place in range(count)})
    return [(round(LEFT + index * step, 1), index) for index in indexes]


def ceiling(most: float) -> float:
    """The next round number, so that the ticks are round, too; 1 above nothing."""
    if most <= 0:
        return 1.0
    size = 1.0
    while size * 10 <= most:
        size *= 10
    while size > most:
        size /= 10
    return next(size * step for step in (1, 2, 4, 5, 10) if size * step >= most)
