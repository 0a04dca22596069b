"""Reading a SIM file line by line: good lines are kept, each bad one is named."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from openmvno.identifiers import is_iccid, is_imsi
from openmvno.sims.errors import SimFileInvalid
from openmvno.sims.model import Rejected

COLUMNS = ("iccid", "imsi")


def read_sim_file(content: bytes) -> Iterator[tuple[int, str, str] | Rejected]:
    """(line number, ICCID, IMSI) of each good line, :class:`Rejected` for each bad one.

    Raises:
        SimFileInvalid: the file as a whole cannot be read.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SimFileInvalid(f"The file is not UTF-8: {error}") from error
    if "\0" in text:
        raise SimFileInvalid("The file contains NUL characters.")
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        header = [name.strip().lower() for name in reader.fieldnames or []]
        if not set(COLUMNS) <= set(header):
            raise SimFileInvalid("The first line must name the columns iccid and imsi.")
        reader.fieldnames = header
        for row in reader:
            yield _read_row(reader.line_num, row)
    except csv.Error as error:
        raise SimFileInvalid(f"Line {reader.line_num}: {error}") from error


def _read_row(
    line_number: int, row: dict[str | None, str | list[str] | None]
) -> tuple[int, str, str] | Rejected:
    if None in row:
        return Rejected(
            line_number, "too_many_columns", "the line has more columns than the header"
        )
    iccid, imsi = (str(row.get(name) or "").strip() for name in COLUMNS)
    if not is_iccid(iccid):
        return Rejected(
            line_number,
            "iccid_invalid",
            f"{iccid[:30]!r} is not an ICCID: 19 or 20 digits from 89 with a Luhn check digit",
        )
    if not is_imsi(imsi):
        return Rejected(line_number, "imsi_invalid", f"{imsi[:30]!r} is not an IMSI of 15 digits")
    return line_number, iccid, imsi
