"""The rows of a job as they are sent: a list in JSON, or a CSV file."""

from __future__ import annotations

import csv
import io
from typing import Any, Final

import msgspec

from openmvno.jobs.errors import BulkRowsInvalid
from openmvno.rest.teaching import decode_body, fields_of

MOST_ROWS: Final = 1_000_000
CSV_TYPES: Final = ("text/csv", "text/plain")

Numbered = tuple[int, dict[str, Any]]


def rows_of(content: bytes, media_type: str, kind: type[msgspec.Struct]) -> list[Numbered]:
    """The rows with their numbers. Those in JSON fit ``kind``; what is in the cells of a CSV file
    is read when its row is worked.

    Raises:
        RequestMalformed, BulkRowsInvalid.
    """
    is_csv = media_type in CSV_TYPES
    rows = _of_csv(content, kind) if is_csv else _of_json(content, kind)
    if not 0 < len(rows) <= MOST_ROWS:
        raise BulkRowsInvalid(
            f"There are {len(rows)} rows.", field=None, accepted=f"1 to {MOST_ROWS} rows"
        )
    return rows


def _of_json(content: bytes, kind: type[msgspec.Struct]) -> list[Numbered]:
    rows = decode_body(content, list[kind])  # type: ignore[valid-type]
    return [(number, msgspec.to_builtins(row)) for number, row in enumerate(rows, 1)]


def _of_csv(content: bytes, kind: type[msgspec.Struct]) -> list[Numbered]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BulkRowsInvalid(f"The file is not UTF-8: {error.reason}.", field=None) from error
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = [name.strip() for name in next(lines, [])]
        _check_columns(columns, kind)
        return [
            (lines.line_num, _row(columns, cells))
            for cells in lines
            if any(cell.strip() for cell in cells)
        ]
    except csv.Error as error:
        raise BulkRowsInvalid(f"Line {lines.line_num} is no CSV: {error}.", field=None) from error


def _check_columns(columns: list[str], kind: type[msgspec.Struct]) -> None:
    fields = fields_of(kind)
    for name in columns:
        path, _, last = name.rpartition(".")
        known = fields_of(kind, path) or ""
        if last not in known.replace(" (needed)", "").split(", ") or columns.count(name) > 1:
            raise BulkRowsInvalid(
                f"{name[:60]!r} in the first line is no column, or there twice.",
                field=name[:60],
                accepted=f"columns named {fields}; one of an object is written customer.name",
            )


def _row(columns: list[str], cells: list[str]) -> dict[str, Any]:
    """Cells by column; an empty one is left out, one too many is kept to be refused."""
    row: dict[str, Any] = {}
    for index, cell in enumerate(cells):
        if cell.strip():
            column = columns[index] if index < len(columns) else f"cell {index + 1}"
            *path, name = column.split(".")
            place = row
            for step in path:
                place = place.setdefault(step, {})
            place[name] = cell.strip()
    return row
