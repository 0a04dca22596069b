"""Documents back into files that read as the same document: YAML, tables optionally as CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from openmvno.catalog.columns import RATE_COLUMNS, SELECTORS, prefixes_of, rates_of
from openmvno.catalog.diff import CODED
from openmvno.catalog.sheets import Sheet

_FIRST: Final = ("code", "prefix", *SELECTORS, "name", "kind", "service", "unit", "direction")
_LAST: Final = ("steps", "prefixes", "periods", "pays", "tiers", *CODED, "rates")
_OTHERS: Final = ("currency", "rounding", "time_zone", "numbering", "calendar", *RATE_COLUMNS)

_PLACES: Final = {
    **{name: place for place, name in enumerate((*_FIRST, *_OTHERS)) if name not in _FIRST},
    **{name: place - len(_FIRST) for place, name in enumerate(_FIRST)},
    **{name: place + 2_000 for place, name in enumerate(_LAST)},
}
"""Where a reader expects a field; those not listed come between, by name."""
_BETWEEN: Final = 1_000

_BARE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*(?: [A-Za-z0-9_.-]+)*")
_WORDS: Final = frozenset(["true", "false", "yes", "no", "on", "off", "null", "y", "n"])
_LINE: Final = 100
"""Characters up to which an object or a list stands on one line."""


@dataclass(slots=True)
class Export:
    """A document as text, and the tables beside it by file name."""

    yaml: str
    tables: dict[str, str] = field(default_factory=dict)


def export(document: dict[str, Any], split_as: str | None = None) -> Export:
    """The document as YAML that reads as exactly this document again.

    With ``split_as`` rates and prefixes that survive it become CSV tables named
    ``<split_as>-<code>.csv``; others stay inline.
    """
    tables: dict[str, str] = {}
    if split_as is not None:
        document = {
            **document,
            "destinations": _split(document, "destinations", "prefixes", split_as, tables),
            "rate_tables": _split(document, "rate_tables", "rates", split_as, tables),
        }
        document = {name: value for name, value in document.items() if value is not None}
    return Export("\n".join(_block(document, 0)) + "\n", tables)


def _split(
    document: dict[str, Any], section: str, into: str, stem: str, tables: dict[str, str]
) -> list[dict[str, Any]] | None:
    """The entries of a section with their lists moved to ``tables``."""
    if section not in document:
        return None
    entries = []
    for entry in document[section]:
        text = _table(into, entry.get(into) or [])
        if text is None:
            entries.append(entry)
            continue
        name = f"{stem}-{entry['code']}.csv"
        if name in tables:  # a destination and a table may share their code
            name = f"{stem}-{section}-{entry['code']}.csv"
        tables[name] = text
        rest = {key: value for key, value in entry.items() if key != into}
        entries.append({**rest, f"{into}_csv": name})
    return entries


def _table(kind: str, elements: list[Any]) -> str | None:
    """A list as CSV; None when a table cannot say exactly the same."""
    if not elements:
        return None
    if kind == "prefixes":
        header, rows = ["prefix"], [[element] for element in elements]
    else:
        used = set().union(*elements)
        header = [column for column in RATE_COLUMNS if column in used]
        if len(header) < len(used):
            return None
        rows = [[_cell(element.get(column)) for column in header] for element in elements]
    again = Sheet("", header, rows, [])
    if not all(any(row) for row in rows):
        return None
    if (prefixes_of(again) if kind == "prefixes" else rates_of(again)) != elements:
        return None
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _block(value: Any, depth: int) -> Iterator[str]:
    """An object or a list over several lines."""
    indent = "  " * depth
    if isinstance(value, dict):
        for name in _ordered(value):
            flow = _one_line(value[name], depth)
            if flow is not None:
                yield f"{indent}{_text(name)}: {flow}"
            else:
                yield f"{indent}{_text(name)}:"
                yield from _block(value[name], depth + 1)
    else:
        for inner in value:
            flow = _flow(inner) if _is_flat(inner) else _one_line(inner, depth)
            if flow is not None:
                yield f"{indent}- {flow}"
            else:
                first, *others = _block(inner, depth + 1)
                yield f"{indent}- {first.lstrip()}"
                yield from others


def _one_line(value: Any, depth: int) -> str | None:
    """A value on one line, None if it is better read on several."""
    if not isinstance(value, dict | list) or not value:
        return _flow(value)
    if len(value) > _LINE // 2 or (depth == 0 and _has_objects(value)):
        return None
    flow = _flow(value)
    return flow if len(flow) + 2 * depth <= _LINE else None


def _has_objects(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(inner, dict) for inner in value)


def _is_flat(value: Any) -> bool:
    return isinstance(value, dict) and not any(
        isinstance(inner, dict | list) for inner in value.values()
    )


def _ordered(value: dict[str, Any]) -> list[str]:
    return sorted(value, key=lambda name: (_PLACES.get(name, _BETWEEN), name))


def _flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_text(k)}: {_flow(value[k])}" for k in _ordered(value)) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


@lru_cache(maxsize=4_096)
def _text(text: str) -> str:
    """A text, quoted unless every YAML reader takes it for a text without."""
    if _BARE.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return '"' + "".join(map(_character, text)) + '"'


def _character(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character.isprintable():
        return character
    return f"\\U{ord(character):08x}"
