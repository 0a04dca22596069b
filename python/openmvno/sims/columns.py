"""What the columns of a SIM file are called, by us and by the vendors of cards."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from openmvno.sims.errors import SimFileInvalid

NAMES: Final = {
    "iccid": ("iccid", "iccid1", "serial", "serial_number", "serial_nb", "ser_nb", "sernb"),
    "imsi": ("imsi", "imsi1"),
    "ki": ("ki", "k", "ki1"),
    "op": ("op",),
    "opc": ("opc",),
    "algorithm": ("algorithm", "algo", "auth_algorithm"),
    "pin1": ("pin1", "pin", "chv1"),
    "pin2": ("pin2", "chv2"),
    "puk1": ("puk1", "puk", "unblock_chv1"),
    "puk2": ("puk2", "unblock_chv2"),
    "adm": ("adm", "adm1"),
    "form": ("form", "sim_form"),
    "smdp": ("smdp", "smdp_address", "sm_dp"),
    "matching_id": ("matching_id",),
    "activation_code": ("activation_code", "lpa"),
    "hlr": ("hlr",),
    "description": ("description", "note"),
    "action": ("action",),
}
"""Our names of the columns, each with what it may be called."""

MOST_IMSIS: Final = 9
"""On one card."""

FURTHER: Final = range(2, MOST_IMSIS + 1)
"""What follows the names of the columns of a card's further IMSIs: ``imsi2``, ``ki2`` …"""

_OF_EACH: Final = ("imsi", "ki", "op", "opc", "algorithm")

_NUMBERED: Final = {
    f"{alias}{underscore}{number}": f"{name}{number}"
    for name in _OF_EACH
    for alias in NAMES[name]
    for number in FURTHER
    for underscore in ("", "_")
    if not alias[-1].isdigit()
}

_OURS: Final = {alias: name for name, aliases in NAMES.items() for alias in aliases}
_OURS.update(_NUMBERED)
_NEEDED: Final = ("iccid", "imsi")
_COLUMNS: Final = (
    "the columns ICCID and IMSI, under one of their names in docs/sims-and-numbers.md, and others"
)


def read_header(titles: Sequence[str]) -> tuple[list[str | None], list[str]]:
    """(our name of each column, None for one that says nothing to us; titles of those).

    Raises:
        SimFileInvalid: no ICCID or IMSI, or one of them twice.
    """
    found = [_OURS.get(re.sub(r"[\s./+-]+", "_", title.strip().lower())) for title in titles]
    known = [name for name in found if name is not None]
    missing = [name for name in _NEEDED if name not in known]
    if missing:
        raise SimFileInvalid(
            f"The file names no column {' and no column '.join(missing)}.",
            field=missing[0],
            accepted=_COLUMNS,
        )
    twice = sorted({name for name in known if known.count(name) > 1})
    if twice:
        raise SimFileInvalid(
            f"The file has several columns for {', '.join(twice)}.",
            field=twice[0],
            accepted="one column for each",
        )
    ignored = [
        title.strip() for title, name in zip(titles, found, strict=True) if name is None and title
    ]
    return found, ignored
