"""``rates_csv`` and ``prefixes_csv``: the tables a document takes in, and the way back from a
mistake in what came of them to the row it stands in."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from openmvno.catalog.columns import prefixes_of, rates_of
from openmvno.catalog.errors import CatalogInvalid, Mistake
from openmvno.catalog.sheets import Sheet, read_sheet


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Elements ``first`` and following of the list at ``path`` came from the rows of a sheet."""

    path: str
    first: int
    sheet: Sheet

    def place(self, mistake: Mistake) -> Mistake | None:
        """The mistake with file and line, if it is about one of the rows."""
        if not mistake.path.startswith(f"{self.path}["):
            return None
        index, _, _ = mistake.path[len(self.path) + 1 :].partition("]")
        row = int(index) - self.first
        if not 0 <= row < len(self.sheet.rows):
            return None
        return replace(mistake, file=self.sheet.file, line=self.sheet.lines[row])


def include_sheets(document: Any, folder: Path | None) -> tuple[Any, list[Inclusion]]:
    """The document with its tables taken in. Without ``folder`` there must be none.

    Raises:
        CatalogInvalid: with every mistake of every table.
    """
    if not isinstance(document, dict):
        return document, []
    taker = _Taker(folder)
    filled = dict(document)
    for field, taken, into, read in (
        ("destinations", "prefixes_csv", "prefixes", prefixes_of),
        ("rate_tables", "rates_csv", "rates", rates_of),
    ):
        if isinstance(filled.get(field), list):
            filled[field] = [
                taker.take(entry, f"{field}[{index}]", taken, into, read)
                for index, entry in enumerate(filled[field])
            ]
    if taker.mistakes:
        raise CatalogInvalid(taker.mistakes)
    return (filled, taker.inclusions) if taker.inclusions else (document, [])


class _Taker:
    """Takes sheets in and collects what is wrong with them."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self.mistakes: list[Mistake] = []
        self.inclusions: list[Inclusion] = []

    def take(
        self, entry: Any, path: str, taken: str, into: str, read: Callable[[Sheet], list[Any]]
    ) -> Any:
        """The entry with the rows of the sheet it names in its list ``into``."""
        if not isinstance(entry, dict) or taken not in entry:
            return entry
        place = f"{path}.{taken}"
        inline = entry.get(into) or []
        if wrong := self._refusal(entry[taken], into, inline):
            self.mistakes.append(Mistake(place, wrong))
            return entry
        try:
            with _collection_paused():
                sheet = read_sheet(self._folder or Path(), entry[taken])
                elements = read(sheet)
        except CatalogInvalid as error:
            self.mistakes += [_of_sheet(mistake, place) for mistake in error.mistakes]
            return entry
        self.inclusions.append(Inclusion(f"{path}.{into}", len(inline), sheet))
        rest = {name: value for name, value in entry.items() if name != taken}
        return {**rest, into: [*inline, *elements]}

    def _refusal(self, name: object, into: str, inline: object) -> str | None:
        """Why a sheet cannot be taken in; None when it can."""
        if self._folder is None:
            return f"is for files only; send {into} inline"
        if not isinstance(name, str) or not name:
            return "the name of a CSV or XLSX file is needed"
        if into == "rates" and inline:
            return "give either rates or rates_csv"
        if not isinstance(inline, list):
            return f"{into} beside it must be a list"
        return None


@contextmanager
def _collection_paused() -> Iterator[None]:
    """No garbage collection inside: rows hold no cycles, and looking for some in hundreds of
    thousands of them takes longer than reading them."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _of_sheet(mistake: Mistake, place: str) -> Mistake:
    """A sheet's mistake in the document: at its row, or where it is named if it has none."""
    if mistake.line is None:
        return Mistake(place, f"{mistake.file} {mistake.message}")
    return replace(mistake, path=f"{place}.{mistake.path}" if mistake.path else place)
