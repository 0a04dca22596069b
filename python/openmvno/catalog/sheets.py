"""Tables beside a catalogue document: a CSV file or the first sheet of an XLSX workbook."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

from openmvno.catalog.errors import CatalogInvalid, Mistake

EXCEL_DIGITS: Final = 15
"""Significant digits a spreadsheet keeps of a number; the rest is noise of binary floats."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of texts. ``lines[i]`` is where ``rows[i]`` begins in the file, whose first is 1."""

    file: str
    header: list[str]
    rows: list[list[str]]
    lines: list[int]
    header_line: int = 1


def read_sheet(folder: Path, name: str) -> Sheet:
    """Read a table; empty rows are left out, every other row has as many cells as the header.

    Raises:
        CatalogInvalid: it cannot be read; with every row that does not fit the header.
    """
    read = _read_workbook if name.lower().endswith(".xlsx") else _read_csv
    numbered = read(folder / name, name)
    header = next(numbered, None)
    if header is None:
        raise CatalogInvalid([Mistake("", "is empty; its first row names the columns", 1, name)])
    header_line, cells = header
    names = [column.strip() for column in cells]
    _check_header(names, header_line, name)
    lines: list[int] = []
    rows: list[list[str]] = []
    mistakes: list[Mistake] = []
    width = len(names)
    for line, row in numbered:
        if len(row) != width:
            text = f"has {len(row)} columns, the header has {width}"
            mistakes.append(Mistake("", text, line, name))
        lines.append(line)
        rows.append(row)
    if mistakes:
        raise CatalogInvalid(mistakes)
    return Sheet(name, names, rows, lines, header_line)


def _check_header(names: list[str], line: int, file: str) -> None:
    for position, name in enumerate(names, 1):
        if not name:
            raise CatalogInvalid([Mistake("", f"column {position} has no name", line, file)])
        if names.count(name) > 1:
            raise CatalogInvalid([Mistake(name, "the column is there twice", line, file)])


def _read_csv(path: Path, name: str) -> Iterator[tuple[int, list[str]]]:
    """Rows of a comma-separated file, or of one with semicolons if its header has no comma."""
    line = 1
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            delimiter = ";" if ";" in first and "," not in first else ","
            file.seek(0)
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            for row in reader:
                if any(row):
                    yield line, row
                line = reader.line_num + 1
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        place = line if isinstance(error, csv.Error) else None
        raise CatalogInvalid([Mistake("", f"cannot be read: {error}", place, name)]) from error


def _read_workbook(path: Path, name: str) -> Iterator[tuple[int, list[str]]]:
    """Rows of the first sheet, each as wide as its last filled cell or the header."""
    # Loaded here: it takes longer than most commands, and few need it.
    from openpyxl import load_workbook  # noqa: PLC0415
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (OSError, BadZipFile, InvalidFileException, KeyError, ValueError) as error:
        raise CatalogInvalid([Mistake("", f"cannot be read: {error}", None, name)]) from error
    try:
        sheet = book.worksheets[0]
        # A wrong dimension in the file would hide rows; without one every row is read.
        sheet.reset_dimensions()
        yield from _filled_rows(sheet.iter_rows(values_only=True), name)
    finally:
        book.close()


def _filled_rows(rows: Iterable[tuple[Any, ...]], name: str) -> Iterator[tuple[int, list[str]]]:
    width = 0
    for line, row in enumerate(rows, 1):
        cells = list(row)
        while cells and cells[-1] is None and len(cells) > width:
            cells.pop()
        if all(cell is None for cell in cells):
            continue
        cells += [None] * (width - len(cells))
        width = width or len(cells)
        yield line, [_text(cell, line, position, name) for position, cell in enumerate(cells, 1)]


def _text(cell: object, line: int, position: int, file: str) -> str:
    """What a person sees in a cell that is not formatted."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float):
        return format(Decimal(f"{cell:.{EXCEL_DIGITS}g}"), "f")
    kind = "a date without an offset" if isinstance(cell, date | datetime | time) else "no text"
    message = f"column {position} holds {kind}; format the cell as text and write it out"
    raise CatalogInvalid([Mistake("", message, line, file)])
