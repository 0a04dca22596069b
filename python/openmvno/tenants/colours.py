"""Colours that everybody can read on: WCAG 2.2."""

from __future__ import annotations

from typing import Final

from openmvno.tenants.errors import ContrastTooLow

AA: Final = 4.5
"""WCAG 2.2 success criterion 1.4.3, for text of ordinary size."""

_TEXTS: Final = {"white": "#ffffff", "black": "#000000"}


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.2, "relative luminance")."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def check_contrast(accent: str, text: str) -> None:
    """Complain about a colour on which ``text``, white or black, is hard to read.

    Raises:
        ContrastTooLow: saying what would do.
    """
    ratio = contrast(accent, _TEXTS[text])
    if ratio < AA:
        other = "black" if text == "white" else "white"
        shade = "darker" if text == "white" else "lighter"
        raise ContrastTooLow(
            f"{text} on {accent} has a contrast of {ratio:.2f} to 1, and WCAG AA asks for {AA}.",
            field="accent",
            accepted=f"a {shade} colour, or {other} text, whose contrast is"
            f" {contrast(accent, _TEXTS[other]):.2f} to 1",
        )
