"""What differs between two documents: by code, each rate by what it is chosen by."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

CODED: Final = (
    "services",
    "destinations",
    "zones",
    "cell_groups",
    "calendars",
    "formulas",
    "rate_tables",
    "buckets",
    "discounts",
    "products",
    "partners",
)
"""Lists of a document whose elements have a code; their order has no meaning."""

NESTED: Final = {"rate_tables": "rates", "calendars": "periods", "buckets": "top_ups"}
"""Lists of elements with a key of their own inside an element of the list."""

SETS: Final = frozenset(
    [
        "cells",
        "holidays",
        "include",
        "international_prefixes",
        "msc_prefixes",
        "patterns",
        "plmns",
        "prefixes",
        "service_contexts",
    ]
)
"""Lists of texts whose order has no meaning."""

KINDS: Final = {
    "services": "service",
    "destinations": "destination",
    "zones": "zone",
    "cell_groups": "cell group",
    "calendars": "calendar",
    "formulas": "formula",
    "rate_tables": "rate table",
    "buckets": "bucket",
    "discounts": "discount",
    "products": "product",
    "partners": "partner",
    "rates": "rate",
    "periods": "period",
    "top_ups": "top-up",
}


class FieldChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """A field's value before and after, null where there is none.

    ``members``: the list is a set, ``old`` holds what left it and ``new`` what joined it.
    """

    field: Annotated[str, Meta(examples=["price"])]
    old: Any = None
    new: Any = None
    members: bool = False


class Change(msgspec.Struct, frozen=True):
    """One thing that was added, removed or changed."""

    change: Annotated[str, Meta(examples=["changed"], description="added, removed, changed")]
    kind: Annotated[str, Meta(examples=["rate"])]
    name: Annotated[str, Meta(examples=["voice-standard: prefix 385"])]
    fields: list[FieldChange]


def differences(old: dict[str, Any] | None, new: dict[str, Any]) -> list[Change]:
    """Every difference from ``old`` (None: nothing yet) to ``new``, in the document's order."""
    before = old or {}
    lists = set(CODED)
    fields = _fields(
        {name: value for name, value in before.items() if name not in lists},
        {name: value for name, value in new.items() if name not in lists},
    )
    changes = [Change("changed" if old else "added", "document", "", fields)] if fields else []
    for section in CODED:
        changes += _of_list(section, "", before.get(section) or [], new.get(section) or [])
    return changes


def rate_key(rate: dict[str, Any]) -> str:
    """What a rate is chosen by, for people: ``prefix 385, period offpeak``."""
    prefix = rate.get("prefix")
    if prefix is not None:
        key = f"prefix {prefix}" if prefix else "any number"
    else:
        key = next(
            (
                f"{name.replace('_', ' ')} {rate[name]}"
                for name in ("destination", "symbol", "rating_group")
                if rate.get(name) is not None
            ),
            "default",
        )
    for name, words in (("period", "period"), ("effective_from", "from")):
        if rate.get(name) is not None:
            key += f", {words} {rate[name]}"
    return key


def _of_list(section: str, owner: str, old: list[Any], new: list[Any]) -> Iterator[Change]:
    """Changes of the elements of a list, by key."""
    before, after = _by_key(section, old), _by_key(section, new)
    for key in [*before, *(key for key in after if key not in before)]:
        was, now = before.get(key), after.get(key)
        if was == now:
            continue
        name = f"{owner}: {key}" if owner else key
        inner = NESTED.get(section)
        fields = _fields(_without(was, inner), _without(now, inner))
        fields += _order(section, inner, was, now)
        word = "added" if was is None else "removed" if now is None else "changed"
        if fields or word != "changed":
            yield Change(word, KINDS[section], name, fields)
        if inner:
            yield from _of_list(inner, name, _elements(was, inner), _elements(now, inner))


def _by_key(section: str, elements: list[Any]) -> dict[str, dict[str, Any]]:
    """Elements by key; those that share one are told apart by their order."""
    found: dict[str, dict[str, Any]] = {}
    for element in elements:
        key = rate_key(element) if section == "rates" else str(element.get("code"))
        if key in found:
            key = next(name for n in count(2) if (name := f"{key} ({n})") not in found)
        found[key] = element
    return found


def _elements(element: dict[str, Any] | None, inner: str) -> list[Any]:
    return [] if element is None else element.get(inner) or []


def _without(element: dict[str, Any] | None, inner: str | None) -> dict[str, Any]:
    return {name: value for name, value in (element or {}).items() if name not in ("code", inner)}


def _order(
    section: str, inner: str | None, was: dict[str, Any] | None, now: dict[str, Any] | None
) -> list[FieldChange]:
    """The first period of a calendar that holds counts, so their order is a difference."""
    if section != "calendars" or inner is None or was is None or now is None:
        return []
    old, new = ([period.get("code") for period in _elements(each, inner)] for each in (was, now))
    if [code for code in old if code in new] == [code for code in new if code in old]:
        return []
    return [FieldChange("order of periods", old, new)]


def _fields(old: dict[str, Any], new: dict[str, Any]) -> list[FieldChange]:
    """Changed fields, those of nested objects by their path."""
    if old == new:
        return []
    before, after = (dict(_leaves(each)) if each else {} for each in (old, new))
    changes = []
    for field in [*before, *(field for field in after if field not in before)]:
        was, now = before.get(field), after.get(field)
        if was == now:
            continue
        if _is_set(field, was) and _is_set(field, now):
            left, joined = _members(was or [], now or [])
            if left or joined:
                changes.append(FieldChange(field, left, joined, members=True))
            continue
        changes.append(FieldChange(field, was, now))
    return changes


def _is_set(field: str, value: Any) -> bool:
    return field.rpartition(".")[2] in SETS and isinstance(value, list | None)


def _members(old: list[Any], new: list[Any]) -> tuple[list[Any], list[Any]]:
    known, wanted = set(map(str, old)), set(map(str, new))
    return (
        [value for value in old if str(value) not in wanted],
        [value for value in new if str(value) not in known],
    )


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Values that are compared as a whole, each with its path."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{index}]")
    else:
        yield path, value
