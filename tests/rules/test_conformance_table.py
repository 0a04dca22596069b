"""Every line of the conformance tables in docs/diameter.md names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLES = ROOT / "docs" / "diameter.md"
SHORT = {"suite/": "rust_core/diameter/tests/suite/", "node/": "rust_core/node/tests/suite/"}

_NAMED = re.compile(r"`([\w/.-]+\.(?:rs|py))::(\w+)`")


def lines_without_test(text: str) -> list[str]:
    """Table lines of a document whose header has a column ``test`` and that name none."""
    found, has_tests = [], False
    for line in text.splitlines():
        if not line.startswith("|"):
            has_tests = False
        elif line.rstrip("| ").endswith("test"):
            has_tests = True
        elif has_tests and not line.startswith("|---") and _NAMED.search(line) is None:
            found.append(line)
    return found


def named_tests(text: str) -> list[tuple[str, str]]:
    """(file, test) that a document names."""
    return [(_long(path), test) for path, test in _NAMED.findall(text)]


def _long(path: str) -> str:
    for short, long in SHORT.items():
        if path.startswith(short):
            return long + path.removeprefix(short)
    return path


def defines(path: str, test: str) -> bool:
    """Whether a file has a test of this name."""
    file = ROOT / path
    word = "fn" if path.endswith(".rs") else "def"
    return file.exists() and re.search(rf"\b{word} {test}\(", file.read_text()) is not None


def test_every_line_names_a_test() -> None:
    text = TABLES.read_text()
    assert lines_without_test(text) == []
    assert len(named_tests(text)) > 60


@pytest.mark.parametrize(("path", "test"), sorted(set(named_tests(TABLES.read_text()))))
def test_the_test_exists(path: str, test: str) -> None:
    assert defines(path, test)


def test_the_rule_sees_what_is_missing() -> None:
    table = "| what | test |\n|---|---|\n| good | `suite/peers.rs::a_b` |\n| bad | |\n"
    assert lines_without_test(table) == ["| bad | |"]
    assert named_tests(table) == [("rust_core/diameter/tests/suite/peers.rs", "a_b")]
    assert not defines("rust_core/diameter/tests/suite/peers.rs", "a_test_nobody_wrote")
    assert not defines("tests/nowhere.py", "test_it")
