"""The operator's colour as pages need it: readable on light and on dark ground (WCAG 2.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

WHITE: Final = (255, 255, 255)
BLACK: Final = (0, 0, 0)
LIGHT_GROUND: Final = (238, 242, 243)
DARK_GROUND: Final = (23, 30, 33)
"""The darkest light ground of ``pages.css`` (``--sunken``), the lightest dark one (``--paper``)."""

READABLE: Final = 4.5
"""Contrast of ordinary text (WCAG 2.2, success criterion 1.4.3)."""

SOFT: Final = 0.14
"""How much of the colour a tinted ground has."""

STEPS: Final = 40
HALF: Final = 0.5

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Shades:
    """The colour on one ground: for text and buttons, what is written on it, a tint of it."""

    accent: str
    on_accent: str
    soft: str


def shades_of(accent: str, ground: Colour) -> Shades:
    """The nearest shade that can be read on the ground and on its own tint there."""
    colour = _read(accent)
    away = BLACK if _luminance(ground) > HALF else WHITE
    nearer_and_nearer = (_mix(away, colour, step / STEPS) for step in range(STEPS + 1))
    shade = next(each for each in nearer_and_nearer if _is_readable(each, ground))
    on_accent = max((WHITE, BLACK), key=lambda text: _contrast(text, shade))
    return Shades(_written(shade), _written(on_accent), _written(_mix(shade, ground, SOFT)))


def _is_readable(colour: Colour, ground: Colour) -> bool:
    soft = _mix(colour, ground, SOFT)
    return min(_contrast(colour, ground), _contrast(colour, soft)) >= READABLE


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    """``share`` of one, the rest of the other."""
    red, green, blue = (round(a * share + b * (1 - share)) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _read(text: str) -> Colour:
    red, green, blue = (int(text[place : place + 2], 16) for place in (1, 3, 5))
    return red, green, blue


def _written(colour: Colour) -> str:
    return "#" + "".join(f"{part:02x}" for part in colour)


def _luminance(colour: Colour) -> float:
    """Relative luminance (WCAG 2.2)."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (each / 255 for each in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: Colour, other: Colour) -> float:
    """Contrast ratio, 1 to 21 (WCAG 2.2)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)
