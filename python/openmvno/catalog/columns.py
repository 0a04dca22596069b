"""What the columns of a table beside a document mean: the fields of docs/catalogue.md."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from openmvno.catalog.errors import CatalogInvalid, Mistake
from openmvno.catalog.sheets import Sheet

RATE_COLUMNS: Final = (
    "prefix",
    "destination",
    "symbol",
    "rating_group",
    "default",
    "name",
    "price",
    "per",
    "first_interval",
    "next_interval",
    "first_price",
    "connection_fee",
    "free_units",
    "grace",
    "surcharge_percent",
    "minimum_charge",
    "maximum_charge",
    "rounding",
    "period",
    "effective_from",
    "effective_until",
    "forbidden",
    "hidden",
    "formula",
    "expression",
)
"""Fields of a rate, in the order in which they are written."""

SELECTORS: Final = ("destination", "symbol", "rating_group", "default")
"""What a rate may be chosen by instead of a prefix."""

WHOLE_NUMBERS: Final = frozenset(
    ["rating_group", "per", "first_interval", "next_interval", "free_units", "grace"]
)
FLAGS: Final = frozenset(["default", "forbidden", "hidden"])
_FLAG_WORDS: Final[dict[str, bool | str]] = {"true": True, "false": ""}
"""What is false is left out, as in a document that does not mention it."""
_MOST_DIGITS: Final = 19


def rates_of(sheet: Sheet) -> list[dict[str, Any]]:
    """The rates of a table, one for each row. An empty cell means that the field is left out,
    except that a prefix means any number when no other selector is given.

    Raises:
        CatalogInvalid: the header has an unknown column. Wrong cells are left as they are for
            the core to name.
    """
    _check_columns(sheet, RATE_COLUMNS)
    if not sheet.rows:
        return []
    header = sheet.header
    # By column first: a table has many rows and few columns.
    columns = map(_values, header, zip(*sheet.rows, strict=True))
    rates: list[dict[str, Any]] = [
        dict(zip(header, row, strict=True))
        if "" not in row
        else {name: value for name, value in zip(header, row, strict=True) if value != ""}
        for row in zip(*columns, strict=True)
    ]
    if "prefix" in header:
        _fill_prefixes(rates, [name for name in header if name in SELECTORS])
    return rates


def prefixes_of(sheet: Sheet) -> list[str]:
    """The prefixes of a destination: a table of one column.

    Raises:
        CatalogInvalid: the header is another one.
    """
    _check_columns(sheet, ("prefix",))
    return [row[0] for row in sheet.rows]


def _check_columns(sheet: Sheet, known: tuple[str, ...]) -> None:
    line = sheet.header_line
    mistakes = [
        Mistake(name, f"unknown column; known are {', '.join(known)}", line, sheet.file)
        for name in sheet.header
        if name not in known
    ]
    if mistakes:
        raise CatalogInvalid(mistakes)


def _values(name: str, cells: Iterable[str]) -> Iterable[Any]:
    """The values of a column's cells; what is no value of the field stays a text."""
    if name in WHOLE_NUMBERS:
        return map(_Numbers().__getitem__, cells)
    if name in FLAGS:
        return [_FLAG_WORDS.get(cell.lower(), cell) for cell in cells]
    return cells


def _fill_prefixes(rates: list[dict[str, Any]], selectors: list[str]) -> None:
    """A rate without any selector has an empty cell for its prefix: any number."""
    for rate in rates:
        if "prefix" not in rate and not any(map(rate.__contains__, selectors)):
            rate["prefix"] = ""


class _Numbers(dict[str, int | str]):
    """Whole numbers by their digits, each read once."""

    def __missing__(self, text: str) -> int | str:
        is_whole = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
        self[text] = number = int(text) if is_whole else text
        return number
