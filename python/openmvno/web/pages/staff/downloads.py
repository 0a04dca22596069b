"""Listings of the API as CSV files."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator, Mapping
from typing import Final

from litestar.response import Stream

from openmvno.web.pages.page import Page

ROWS_A_CALL: Final = 500

_PLAIN = re.compile(r"[^a-z0-9]+")


def download(page: Page, path: str, name: str, columns: Mapping[str, str]) -> Stream:
    """Everything that ``path`` of the API lists, while it is read. ``columns``: the member of each
    item that stands under a heading."""
    plain = _PLAIN.sub("-", name.lower()).strip("-")
    return Stream(
        _rows(page, path, columns),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{plain}.csv"'},
    )


async def _rows(page: Page, path: str, columns: Mapping[str, str]) -> AsyncIterator[bytes]:
    yield _row(tuple(columns))
    async for each in page.api.items(path, query={"limit": ROWS_A_CALL}):
        yield _row(tuple(each[member] for member in columns.values()))


def _row(cells: tuple[object, ...]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()
