"""Which numbers are vain."""

from __future__ import annotations

import pytest

from openmvno.numbers.errors import NumberClassInvalid
from openmvno.numbers.model import NumberClass
from openmvno.numbers.rules import DEFAULT_POLICY, check_classes, class_of, ends_like


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("385911177777", "gold"),
        ("385910012345", "gold"),
        ("385910054321", "gold"),
        ("385910121212", "gold"),
        ("385910777888", "gold"),
        ("385910007777", "silver"),
        ("385910001122", "silver"),
        ("385910003737", "silver"),
        ("385910002345", "silver"),
        ("385910456456", "silver"),
        ("385910006999", "silver"),
        ("385910000001", "standard"),
        ("385910192837", "standard"),
        ("385910006789", "silver"),
        ("385910008901", "standard"),  # 9 and 0 are no neighbours
    ],
)
def test_default_classes(number: str, expected: str) -> None:
    assert class_of(number, DEFAULT_POLICY.classes) == expected


@pytest.mark.parametrize(
    ("pattern", "number", "fits"),
    [
        ("ABBA", "385912121", False),
        ("ABBA", "385912332", True),
        ("ABBA", "385912222", False),
        ("Ax7", "385912317", True),
        ("2024", "385912024", True),
        ("A-", "385912310", True),
        ("AAAAAAAAAAAAAAA", "385912310", False),
    ],
)
def test_patterns(pattern: str, number: str, fits: bool) -> None:
    assert ends_like(number, pattern) is fits


@pytest.mark.parametrize("pattern", ["", "+A", "a", "A*", "A" * 16])
def test_a_pattern_that_is_none(pattern: str) -> None:
    with pytest.raises(NumberClassInvalid):
        check_classes([NumberClass("gold", (pattern,))])
