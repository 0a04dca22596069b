"""Which products a new document changes: their own fields and everything they lead to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from openmvno.catalog.diff import CODED

_NAMED_BY: Final = {
    "calendar": "calendars",
    "cell_groups": "cell_groups",
    "buckets": "buckets",
    "destination": "destinations",
    "destinations": "destinations",
    "discounts": "discounts",
    "formula": "formulas",
    "include": "destinations",
    "rate_tables": "rate_tables",
    "service": "services",
    "table": "rate_tables",
    "zones": "zones",
}
"""Fields that name elements of another list, and that list."""

Place = tuple[str, str]
"""(list, code) of an element."""


def changed_products(old: dict[str, Any] | None, new: dict[str, Any]) -> dict[str, str]:
    """Product code to ``added``, ``removed``, ``changed`` or ``unchanged``."""
    before, after = _Index(old or {}), _Index(new)
    same_for_all = before.common() == after.common()
    changes = {}
    for code in [*before.products(), *after.products()]:
        place = ("products", code)
        if place not in before.elements:
            changes[code] = "added"
        elif place not in after.elements:
            changes[code] = "removed"
        else:
            same = same_for_all and before.reached(place) == after.reached(place)
            changes[code] = "unchanged" if same else "changed"
    return changes


class _Index:
    """The elements of a document by place."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self.elements: dict[Place, dict[str, Any]] = {
            (section, element["code"]): element
            for section in CODED
            for element in document.get(section) or []
        }
        self._names: dict[Place, frozenset[Place]] = {}

    def products(self) -> list[str]:
        """Codes of the products."""
        return [code for section, code in self.elements if section == "products"]

    def common(self) -> dict[str, Any]:
        """What holds for every product: fields of the whole document, emergency numbers, zones
        (they decide where an unnamed network lies)."""
        plain = {name: value for name, value in self._document.items() if name not in CODED}
        special = [
            element
            for element in self._document.get("destinations") or []
            if element.get("kind") is not None
        ]
        return {**plain, "special": special, "zones": self._document.get("zones")}

    def reached(self, start: Place) -> dict[Place, dict[str, Any]]:
        """A product and every element it leads to."""
        found: dict[Place, dict[str, Any]] = {}
        waiting = [start]
        while waiting:
            place = waiting.pop()
            element = self.elements.get(place)
            if element is None or place in found:
                continue
            found[place] = element
            waiting += self._named(place, element)
        return found

    def _named(self, place: Place, element: dict[str, Any]) -> frozenset[Place]:
        if place not in self._names:
            self._names[place] = frozenset(_named(element))
        return self._names[place]


def _named(value: Any) -> Iterator[Place]:
    """Elements of other lists that a value names."""
    if isinstance(value, list):
        for inner in value:
            yield from _named(inner)
    elif isinstance(value, dict):
        for field, inner in value.items():
            section = _NAMED_BY.get(field)
            if section is not None:
                names = inner if isinstance(inner, list) else [inner]
                yield from ((section, name) for name in names if isinstance(name, str))
            if isinstance(inner, dict | list):
                yield from _named(inner)
