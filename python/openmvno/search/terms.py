"""What somebody typed or pasted, as the index has it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

SHORTEST_NUMBER: Final = 3
"""Digits from which on numbers are looked for by how they begin."""

LONGEST_DIGITS: Final = 20
"""Of an ICCID, the longest of what is looked for (ITU-T E.118)."""

_BETWEEN: Final = re.compile(r"[\s+().,/_-]")
_LARGEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Terms:
    """``digits``: of a number, an IMSI, an ICCID or a serial number, where there is nothing but
    digits and what people put between them; an international prefix 00 is gone (ITU-T E.123)."""

    text: str
    digits: str | None
    identifier: UUID | None

    @property
    def serial(self) -> int | None:
        """As a serial number of a voucher."""
        if not self.digits or int(self.digits) > _LARGEST:
            return None
        return int(self.digits)


def terms_of(typed: str) -> Terms:
    """Read what was typed."""
    text = typed.strip()
    plain = _BETWEEN.sub("", text)
    digits = None
    # Cards are printed with a filler at the end (ITU-T E.118: 19 digits in 10 octets).
    bare = plain[:-1] if plain[-1:] in ("F", "f") and plain.startswith("89") else plain
    if bare.isascii() and bare.isdigit():
        digits = bare.removeprefix("00") if not bare.startswith("000") else bare
    if digits is not None and len(digits) > LONGEST_DIGITS:
        digits = None
    try:
        identifier = UUID(text)
    except ValueError:
        identifier = None
    return Terms(text, digits, identifier)
