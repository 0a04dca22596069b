"""Making a case that two implementations answer differently small enough to read."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

from tests.reference.random_request import Case

Path = tuple[str | int, ...]


def reduced(case: Case, differs: Callable[[Case], bool]) -> Case:
    """Leaves out fields and list entries as long as the answers still differ."""
    shrunk = True
    while shrunk:
        shrunk = False
        for path in list(_places(list(case))):
            smaller = _without(case, path)
            if smaller is not None and _holds(differs, smaller):
                case, shrunk = smaller, True
    return case


def _places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every place below a value, the later entries of a list first."""
    below: list[str | int] = []
    if isinstance(value, dict):
        below = list(value)
    elif isinstance(value, list):
        below = list(reversed(range(len(value))))
    for key in below:
        if path:
            yield (*path, key)
        yield from _places(value[key], (*path, key))


def _without(case: Case, path: Path) -> Case | None:
    document, request = copy.deepcopy(case)
    owner: Any = [document, request]
    try:
        for key in path[:-1]:
            owner = owner[key]
        del owner[path[-1]]
    except (KeyError, IndexError, TypeError):
        return None
    return document, request


def _holds(differs: Callable[[Case], bool], case: Case) -> bool:
    """A case that is no longer valid does not count."""
    try:
        return differs(case)
    except Exception:  # noqa: BLE001
        return False
