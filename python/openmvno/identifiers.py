"""Identifiers: UUIDv7 for what we name, E.164, E.212 and E.118 for what the network names."""

from __future__ import annotations

import os
import re
import time
from uuid import UUID

# ITU-T E.164 clause 6.2.1: at most 15 digits, country code first, so never a leading zero.
_MSISDN = re.compile(r"[1-9][0-9]{6,14}")
# ITU-T E.212 clause 6.1: at most 15 digits (MCC, MNC, MSIN).
_IMSI = re.compile(r"[0-9]{14,15}")
# ITU-T E.118 clause 4.1: begins with 89 (telecommunications), 19 or 20 digits with the check digit.
_ICCID = re.compile(r"89[0-9]{17,18}")


def new_id() -> UUID:
    """A new UUIDv7 (RFC 9562 section 5.7): ordered by the millisecond it was made in."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & (1 << 48) - 1) << 80 | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def is_msisdn(text: str) -> bool:
    """Whether ``text`` is an international number in digits, without a plus sign."""
    return _MSISDN.fullmatch(text) is not None


def is_imsi(text: str) -> bool:
    """Whether ``text`` has the form of an IMSI."""
    return _IMSI.fullmatch(text) is not None


def is_iccid(text: str) -> bool:
    """Whether ``text`` is an ICCID whose check digit holds."""
    return _ICCID.fullmatch(text) is not None and luhn_digit(text[:-1]) == text[-1]


def luhn_digit(digits: str) -> str:
    """The Luhn check digit of ``digits`` (ISO/IEC 7812-1 annex B, used by ITU-T E.118)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)
