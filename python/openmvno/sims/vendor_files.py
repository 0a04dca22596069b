"""The output files of card vendors: a header block, the names of the columns, a line for each card.

    * HEADER DESCRIPTION
    Customer: Example Mobile
    Quantity: 2
    Transport_key: 012
    * INPUT VARIABLES
    var_in:
    IMSI: 219010000000001
    * OUTPUT VARIABLES
    var_out: Serial_nb/IMSI/PIN1/PUK1/PIN2/PUK2/ADM1/KI/OPC
    8938510000000000014 219010000000001 0000 12345678 1111 87654321 30303030 000102… 101112…

Comments begin with an asterisk. Titles are separated by slashes, commas, semicolons or spaces,
cells by spaces, commas, semicolons or tabs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from openmvno.sims.columns import read_header
from openmvno.sims.errors import SimFileInvalid
from openmvno.sims.sheets import Row, Table, check_text, lines_of

HEADER_OCTETS: Final = 65_536
"""Within these the columns are named."""

_VAR_OUT = re.compile(rb"^\s*var_?out\s*:", re.IGNORECASE | re.MULTILINE)
_FIELD = re.compile(r"\s*(?P<name>[\w ./-]+?)\s*:\s*(?P<value>.*?)\s*$")
_TITLE_SEPARATOR = re.compile(r"[/,;\s]+")
_CELL_SEPARATOR = re.compile(r"[,;\s]+")
_NO_KEY: Final = frozenset({"", "0", "00", "000", "none", "no", "clear"})


def is_vendor_file(content: bytes) -> bool:
    """Whether a file has a line ``var_out:`` near its beginning."""
    return _VAR_OUT.search(content, 0, HEADER_OCTETS) is not None


def read_vendor_file(content: bytes) -> Table:
    """An output file.

    Raises:
        SimFileInvalid.
    """
    check_text(content)
    lines = iter(enumerate(content.decode("utf-8-sig").splitlines(), 1))
    transport_key: str | None = None
    for _, line in lines:
        field = None if line.lstrip().startswith("*") else _FIELD.match(line)
        if field is None:
            continue
        name = field["name"].lower().replace(" ", "_")
        if name == "transport_key" and field["value"].lower() not in _NO_KEY:
            transport_key = field["value"]
        if name in ("var_out", "varout"):
            columns, ignored = read_header(_titles(field["value"], lines))
            return Table(columns, ignored, _rows(lines), lines_of(content), transport_key)
    raise SimFileInvalid("The file has no line var_out: that names the columns.", field=None)


def _titles(value: str, lines: Iterator[tuple[int, str]]) -> list[str]:
    """The names of the columns, on the line of ``var_out:`` or the next one that says something."""
    while not value:
        number, line = next(lines, (0, "*"))
        if number == 0:
            raise SimFileInvalid("var_out: names no columns.", field=None)
        value = "" if line.lstrip().startswith("*") else line.strip()
    return [title for title in _TITLE_SEPARATOR.split(value) if title]


def _rows(lines: Iterator[tuple[int, str]]) -> Iterator[Row]:
    for number, line in lines:
        text = line.strip()
        if text and not text.startswith("*"):
            yield number, _CELL_SEPARATOR.split(text)
