"""How vain a number is, and which of its states leads to which.

A pattern describes the last digits: a capital letter stands for a digit (the same letter for the
same digit, different letters for different ones), ``+`` for one more than the digit before, ``-``
for one less, ``x`` for any, a digit for itself. ``A+++`` is 1234, ``ABAB`` is 1212.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from openmvno.errors import one_of
from openmvno.numbers.errors import NumberClassInvalid, NumberStateConflict
from openmvno.numbers.model import NumberClass, NumberPolicy

STANDARD: Final = "standard"
LONGEST_PATTERN: Final = 15
MOST_CLASSES: Final = 20
MOST_PATTERNS: Final = 50

DEFAULT_POLICY: Final = NumberPolicy(
    quarantine_days=90,
    reservation_minutes=30,
    classes=(
        NumberClass("gold", ("AAAAA", "A++++", "A----", "ABABAB", "AAABBB")),
        NumberClass("silver", ("AAAA", "AABB", "ABAB", "A+++", "A---", "ABCABC", "AAA")),
    ),
    version=0,
)

STATES_AFTER: Final = {
    "available": frozenset({"frozen"}),
    "reserved": frozenset({"available"}),
    "quarantined": frozenset({"available", "frozen"}),
    "frozen": frozenset({"available"}),
    "assigned": frozenset[str](),
    "ported_in": frozenset[str](),
    "ported_out": frozenset[str](),
}
"""From each state, those staff may bring a number to; the rest is for lines and ports to do."""

_PATTERN = re.compile(r"[A-Zx0-9][A-Zx0-9+-]*")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


def check_state_change(number: str, present: str, wanted: str) -> None:
    """Let a change of a number's state by staff pass.

    Raises:
        NumberStateConflict.
    """
    if wanted not in STATES_AFTER[present]:
        raise NumberStateConflict(
            f"{number} is {present} and cannot become {wanted}.",
            field="state",
            accepted=one_of(sorted(STATES_AFTER[present]), "nothing by hand"),
        )


def check_classes(classes: Sequence[NumberClass]) -> None:
    """Let the classes of a pool pass.

    Raises:
        NumberClassInvalid.
    """
    if len(classes) > MOST_CLASSES:
        raise NumberClassInvalid(
            f"There are {len(classes)} classes.",
            field="classes",
            accepted=f"at most {MOST_CLASSES} classes",
        )
    for place, each in enumerate(classes):
        field = f"classes[{place}]"
        if _NAME.fullmatch(each.name) is None:
            raise NumberClassInvalid(
                f"{each.name[:60]!r} is not a name for a class.",
                field=f"{field}.name",
                accepted="1 to 32 lower-case letters, digits and dashes, the first no dash",
            )
        if not 0 < len(each.patterns) <= MOST_PATTERNS:
            raise NumberClassInvalid(
                f"The class has {len(each.patterns)} patterns.",
                field=f"{field}.patterns",
                accepted=f"1 to {MOST_PATTERNS} patterns",
            )
        for number, pattern in enumerate(each.patterns):
            if len(pattern) > LONGEST_PATTERN or _PATTERN.fullmatch(pattern) is None:
                raise NumberClassInvalid(
                    f"{pattern[:20]!r} is not a pattern.",
                    field=f"{field}.patterns[{number}]",
                    accepted=f"at most {LONGEST_PATTERN} capital letters, digits, x, and + or -"
                    " after one",
                )


def class_of(number: str, classes: Sequence[NumberClass]) -> str:
    """The first class that a number fits, else standard."""
    for each in classes:
        if any(ends_like(number, pattern) for pattern in each.patterns):
            return each.name
    return STANDARD


def ends_like(number: str, pattern: str) -> bool:
    """Whether the last digits of ``number`` are as ``pattern`` says."""
    if len(pattern) > len(number):
        return False
    letters: dict[str, str] = {}
    before = ""
    for sign, digit in zip(pattern, number[-len(pattern) :], strict=True):
        if not _fits(sign, digit, before, letters):
            return False
        before = digit
    return True


def _fits(sign: str, digit: str, before: str, letters: dict[str, str]) -> bool:
    if sign == "x":
        return True
    if sign in "+-":
        return int(digit) - int(before) == (1 if sign == "+" else -1)
    if sign.isdigit():
        return sign == digit
    if sign in letters:
        return letters[sign] == digit
    if digit in letters.values():
        return False
    letters[sign] = digit
    return True
