"""What the columns of a table beside a document mean: the fields of docs/catalogue.md."""

from __future__ import annotations

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
_MOST_DIGITS: Final = 19


def rates_of(sheet: Sheet) -> list[dict[str, Any]]:
    """The rates of a table, one for each row. An empty cell means that the field is left out,
    except that a prefix means any number when no other selector is given.

    Raises:
        CatalogInvalid: the header has an unknown column. Wrong cells are left as they are for
            the core to name.
    """
    _check_columns(sheet, RATE_COLUMNS)
    header = sheet.header
    wholes = [name for name in header if name in WHOLE_NUMBERS]
    flags = [name for name in header if name in FLAGS]
    selectors = [name for name in header if name in SELECTORS]
    has_prefix = "prefix" in header
    numbers = _Numbers()
    rates: list[dict[str, Any]] = []
    for row in sheet.rows:
        rate: dict[str, Any] = {name: cell for name, cell in zip(header, row, strict=True) if cell}
        for name in wholes:
            if name in rate:
                rate[name] = numbers[rate[name]]
        if flags:
            _set_flags(rate, flags)
        if has_prefix and "prefix" not in rate and not any(map(rate.__contains__, selectors)):
            rate["prefix"] = ""
        rates.append(rate)
    return rates


def prefixes_of(sheet: Sheet) -> list[str]:
    """The prefixes of a destination: a table of one column.

    Raises:
        CatalogInvalid: the header is another one.
    """
    _check_columns(sheet, ("prefix",))
    return [row[0] for row in sheet.rows]


def _check_columns(sheet: Sheet, known: tuple[str, ...]) -> None:
    line = 1
    mistakes = [
        Mistake(name, f"unknown column; known are {', '.join(known)}", line, sheet.file)
        for name in sheet.header
        if name not in known
    ]
    if mistakes:
        raise CatalogInvalid(mistakes)


class _Numbers(dict[str, int | str]):
    """Whole numbers by their digits, each read once; any other text stays what it is."""

    def __missing__(self, text: str) -> int | str:
        is_whole = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
        self[text] = number = int(text) if is_whole else text
        return number


def _set_flags(rate: dict[str, Any], flags: list[str]) -> None:
    for name in flags:
        text = rate.get(name)
        if text is None:
            continue
        word = text.lower()
        if word == "true":
            rate[name] = True
        elif word == "false":
            del rate[name]
