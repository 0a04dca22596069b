"""SIM files as tables: CSV with commas, semicolons or tabs, and XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from openmvno.sims.columns import read_header
from openmvno.sims.errors import SimFileInvalid

Row = tuple[int, Sequence[str]]
"""(line number, cells) of a line."""

WORKBOOK_START: Final = b"PK\x03\x04"
"""How every XLSX, a ZIP archive, begins."""

_DELIMITERS: Final = ",;\t"


@dataclass(frozen=True, slots=True)
class Table:
    """A file as lines under a header. ``columns``: our name of each, None for what says nothing.

    ``transport_key``: the key that the file says its keys are encrypted under. ``lines``: how many
    the file has, 0 where that is not known beforehand.
    """

    columns: list[str | None]
    ignored: list[str]
    rows: Iterator[Row]
    lines: int
    transport_key: str | None = None


def read_csv(content: bytes) -> Table:
    """A CSV file; the first line names the columns.

    Raises:
        SimFileInvalid: now or, for a line that is no CSV, when it comes to it.
    """
    check_text(content)
    stream = io.TextIOWrapper(io.BytesIO(content), "utf-8-sig", newline="")
    first = stream.readline()
    delimiter = max(_DELIMITERS, key=first.count)
    titles = next(csv.reader([first], delimiter=delimiter), [])
    columns, ignored = read_header(titles)
    return Table(columns, ignored, _csv_rows(stream, delimiter), lines_of(content))


def lines_of(content: bytes) -> int:
    """The lines of a text."""
    return content.count(b"\n") + (not content.endswith(b"\n"))


def check_text(content: bytes) -> None:
    """Let a text pass.

    Raises:
        SimFileInvalid: it is not UTF-8, or has NUL characters.
    """
    if b"\0" in content:
        raise SimFileInvalid("The file contains NUL characters.", field=None)
    try:
        content.decode()
    except UnicodeDecodeError as error:
        raise SimFileInvalid(f"The file is not UTF-8: {error}", field=None) from error


def _csv_rows(stream: io.TextIOWrapper, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(stream, delimiter=delimiter)
    try:
        for cells in reader:
            if cells:
                yield reader.line_num + 1, cells
    except csv.Error as error:
        raise SimFileInvalid(f"Line {reader.line_num + 1}: {error}", field=None) from error


def read_workbook(content: bytes) -> Table:
    """The first sheet of an XLSX file; its first row names the columns.

    Raises:
        SimFileInvalid.
    """
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        rows = enumerate(book.worksheets[0].iter_rows(values_only=True), 1)
        _, titles = next(rows)
    except (BadZipFile, InvalidFileException, KeyError, OSError, ValueError) as error:
        raise SimFileInvalid(f"The file is not a workbook: {error}", field=None) from error
    except (IndexError, StopIteration) as error:
        raise SimFileInvalid("The workbook is empty.", field=None) from error
    columns, ignored = read_header([_cell(title) for title in titles])
    return Table(
        columns,
        ignored,
        ((number, [_cell(value) for value in row]) for number, row in rows if any(row)),
        book.worksheets[0].max_row or 0,
    )


def _cell(value: object) -> str:
    """A cell as text. Twenty digits do not survive as a number in a sheet: those must be text."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
