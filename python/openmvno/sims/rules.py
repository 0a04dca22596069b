"""Reading a SIM file line by line: good lines are cards, each bad one is named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from openmvno.errors import one_of, told
from openmvno.identifiers import is_iccid, is_imsi
from openmvno.sims.columns import FURTHER
from openmvno.sims.errors import SimStateConflict
from openmvno.sims.keys import ALGORITHMS, MILENAGE, Keys, is_key, opc_of
from openmvno.sims.model import Card, FurtherCardImsi, ImportTerms, Rejected
from openmvno.sims.sheets import WORKBOOK_START, Table, read_csv, read_workbook
from openmvno.sims.transport import TransportKey
from openmvno.sims.vendor_files import is_vendor_file, read_vendor_file

FORMS: Final = ("physical", "esim")
LONGEST_TEXT: Final = 255

# ETSI TS 102 221 clause 9.5.1: a PIN has four to eight digits; an unblock code has eight.
_CODES: Final = {
    "pin1": (re.compile(r"\d{4,8}"), "4 to 8 digits"),
    "pin2": (re.compile(r"\d{4,8}"), "4 to 8 digits"),
    "puk1": (re.compile(r"\d{8}"), "8 digits"),
    "puk2": (re.compile(r"\d{8}"), "8 digits"),
    "adm": (re.compile(r"[0-9A-Za-z]{4,64}"), "4 to 64 letters and digits"),
    # SGP.22 clause 4.1.
    "matching_id": (
        re.compile(r"[0-9A-Z-]{1,64}"),
        "1 to 64 capital letters, digits and hyphens",
    ),
}
"""What each code of a card looks like, and in words."""

_ADDRESS = re.compile(r"[0-9A-Za-z.-]{1,253}")
_ACTIVATION_CODE = re.compile(r"(?:LPA:)?1\$(?P<smdp>[^$]+)\$(?P<matching_id>[^$]*)")
_REMOVE: Final = ("-", "remove")
_ADD: Final = ("", "+", "add")

STATES_AFTER: Final = {
    "available": frozenset({"reserved", "suspended", "lost", "disposed"}),
    "reserved": frozenset({"available", "suspended", "lost", "disposed"}),
    "suspended": frozenset({"available", "lost", "disposed"}),
    "lost": frozenset({"available", "disposed"}),
    "in_use": frozenset[str](),
    "disposed": frozenset[str](),
}
"""From each state, those staff may bring a card to; in and out of use is the business of lines."""


class BadLineError(Exception):
    """A line that is no card: a stable code, the column, the rule it breaks, what is accepted."""

    def __init__(self, code: str, column: str, rule: str, accepted: str) -> None:
        super().__init__(f"{column}: {told(rule, accepted)}")
        self.code = code


def check_state_change(iccid: str, present: str, wanted: str) -> None:
    """Let a change of a card's state by staff pass.

    Raises:
        SimStateConflict.
    """
    if wanted not in STATES_AFTER[present]:
        raise SimStateConflict(
            f"The SIM card {iccid} is {present} and cannot become {wanted}.",
            field="state",
            accepted=one_of(sorted(STATES_AFTER[present]), "nothing by hand"),
        )


def open_table(content: bytes) -> Table:
    """A SIM file as a table, whichever kind it is.

    Raises:
        SimFileInvalid: the file as a whole cannot be read.
    """
    if content.startswith(WORKBOOK_START):
        return read_workbook(content)
    if is_vendor_file(content):
        return read_vendor_file(content)
    return read_csv(content)


@dataclass(frozen=True, slots=True)
class CardReader:
    """Makes cards of the lines of a table."""

    table: Table
    terms: ImportTerms
    transport_key: TransportKey | None = None

    def cards(self) -> Iterator[Card | Rejected]:
        """Each line in order.

        Raises:
            SimFileInvalid: from here on the file cannot be read.
        """
        for line_number, cells in self.table.rows:
            try:
                yield self._card(line_number, self._named(cells))
            except BadLineError as error:
                yield Rejected(line_number, error.code, str(error))

    def _named(self, cells: Sequence[str]) -> dict[str, str]:
        columns = self.table.columns
        if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
            raise BadLineError(
                "too_many_columns",
                f"column {len(columns) + 1}",
                "the line has more columns than the header",
                f"at most {len(columns)} columns",
            )
        return {
            name: cell.strip()
            for name, cell in zip(columns, cells, strict=False)
            if name is not None and cell
        }

    def _card(self, line_number: int, row: Mapping[str, str]) -> Card:
        iccid, imsi = _iccid(row.get("iccid", "")), _imsi(row.get("imsi", ""))
        action = row.get("action", "").lower()
        if action in _REMOVE:
            return Card(line_number, iccid, imsi, is_removal=True)
        if action not in _ADD:
            raise BadLineError("action_invalid", "action", f"{action[:20]!r} is none", "+ or -")
        form = row.get("form", self.terms.form).lower()
        if form not in FORMS:
            raise BadLineError("form_invalid", "form", f"{form[:20]!r} is none", one_of(FORMS))
        codes, smdp = _codes(row)
        return Card(
            line_number,
            iccid,
            imsi,
            form,
            self._keys(row),
            self._further(row, imsi),
            codes,
            smdp,
            _text(row, "hlr"),
            _text(row, "description"),
        )

    def _further(self, row: Mapping[str, str], first: str) -> tuple[FurtherCardImsi, ...]:
        """The other IMSIs of a card; columns of one that has no IMSI are empty."""
        found: list[FurtherCardImsi] = []
        seen = {first}
        for number in FURTHER:
            if not row.get(f"imsi{number}"):
                if row.get(f"ki{number}"):
                    raise BadLineError(
                        "keys_incomplete",
                        f"ki{number}",
                        "it is given without an IMSI",
                        f"imsi{number} beside it",
                    )
                continue
            imsi = _imsi(row[f"imsi{number}"], f"imsi{number}")
            if imsi in seen:
                raise BadLineError(
                    "imsi_repeated",
                    f"imsi{number}",
                    f"the IMSI {imsi} is there twice",
                    "each IMSI once",
                )
            seen.add(imsi)
            found.append(FurtherCardImsi(imsi, self._keys(row, str(number))))
        return tuple(found)

    def _keys(self, row: Mapping[str, str], number: str = "") -> Keys | None:
        """The keys of a card's first IMSI, or of the one with this number."""
        given = {name: self._key(row, name, number) for name in ("ki", "op", "opc")}
        ki, opc = given["ki"], given["opc"]
        if ki is None:
            if opc is not None or given["op"] is not None:
                raise BadLineError(
                    "keys_incomplete",
                    f"ki{number}",
                    "OP or OPc is given without it",
                    "32 hexadecimal digits",
                )
            return None
        if opc is None and given["op"] is not None:
            opc = opc_of(ki, given["op"])
        usual = MILENAGE if opc is not None else self.terms.algorithm
        algorithm = (row.get(f"algorithm{number}") or usual or "").lower().replace("-", "")
        if algorithm not in ALGORITHMS or (algorithm == MILENAGE) != (opc is not None):
            raise BadLineError(
                "keys_incomplete",
                f"algorithm{number}",
                "it does not go with the keys that are given",
                "milenage with OP or OPc, or comp128v1, comp128v2 or comp128v3 without",
            )
        return Keys(algorithm, ki, opc)

    def _key(self, row: Mapping[str, str], name: str, number: str) -> str | None:
        value = row.get(name + number, "").lower()
        if not value:
            return None
        if not is_key(value):
            raise BadLineError(
                "key_invalid", f"{name}{number}", "this is no key", "32 hexadecimal digits"
            )
        if self.transport_key is None or name == "op":
            return value  # OP is the operator's, not the card's: vendors do not encrypt it
        return self.transport_key.open(value)


def transport_key_name(table: Table, terms: ImportTerms) -> str | None:
    """The name of the key that a file's keys are encrypted under; None: they are not."""
    if terms.transport_key == "none":
        return None
    return terms.transport_key or table.transport_key


def _iccid(text: str) -> str:
    digits = text.rstrip("fF")
    # As the card has it, with the digits of each octet swapped (ETSI TS 102 221 clause 13.2).
    if digits.startswith("98") and len(text) % 2 == 0:
        digits = _swapped(text).rstrip("fF")
    if not is_iccid(digits):
        raise BadLineError(
            "iccid_invalid",
            "iccid",
            f"{text[:30]!r} is no ICCID",
            "19 or 20 digits from 89 on, the last a Luhn check digit",
        )
    return digits


def _imsi(text: str, column: str = "imsi") -> str:
    digits = text
    # As the card has it: its length, then a parity digit, swapped (3GPP TS 31.102 clause 4.2.2).
    if len(text) == 18 and text.startswith("08"):
        digits = _swapped(text[2:])[1:]
    if not is_imsi(digits):
        raise BadLineError("imsi_invalid", column, f"{text[:30]!r} is no IMSI", "15 digits")
    return digits


def _swapped(text: str) -> str:
    return "".join(text[place + 1] + text[place] for place in range(0, len(text) - 1, 2))


def _codes(row: Mapping[str, str]) -> tuple[dict[str, str], str | None]:
    """(codes, address of the SM-DP+)."""
    codes = {name: row[name] for name in _CODES if row.get(name)}
    smdp = row.get("smdp") or None
    if row.get("activation_code"):
        found = _ACTIVATION_CODE.fullmatch(row["activation_code"])
        if found is None:
            raise BadLineError(
                "activation_code_invalid",
                "activation_code",
                "this is no activation code",
                "LPA:1$address$matching id",
            )
        smdp = found["smdp"]
        if found["matching_id"]:
            codes["matching_id"] = found["matching_id"]
    for name, value in codes.items():
        pattern, words = _CODES[name]
        if pattern.fullmatch(value) is None:
            raise BadLineError("code_invalid", name, "it is not as such codes are", words)
    if smdp is not None and _ADDRESS.fullmatch(smdp) is None:
        raise BadLineError(
            "smdp_invalid",
            "smdp",
            f"{smdp[:60]!r} is not the name of an SM-DP+",
            "a host name such as smdp.example.net",
        )
    return codes, smdp


def _text(row: Mapping[str, str], name: str) -> str | None:
    value = row.get(name) or None
    if value is not None and len(value) > LONGEST_TEXT:
        raise BadLineError(
            "text_too_long",
            name,
            f"it has {len(value)} characters",
            f"at most {LONGEST_TEXT} characters",
        )
    return value
