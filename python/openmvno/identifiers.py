"""Identifiers: UUIDv7 for what we name, E.164, E.212 and E.118 for what the network names."""

from __future__ import annotations

import os
import re
import threading
import time
from datetime import UTC, datetime
from uuid import UUID

# ITU-T E.164 clause 6.2.1: at most 15 digits, country code first, so never a leading zero.
_MSISDN = re.compile(r"[1-9][0-9]{6,14}")
# ITU-T E.212 clause 6.1: at most 15 digits (MCC, MNC, MSIN).
_IMSI = re.compile(r"[0-9]{14,15}")
# ITU-T E.118 clause 4.1: begins with 89 (telecommunications), 19 or 20 digits with the check digit.
_ICCID = re.compile(r"89[0-9]{17,18}")


_stamp_lock = threading.Lock()
_last_stamp = 0


def new_id() -> UUID:
    """A new UUIDv7 (RFC 9562 section 5.7), greater than every one this process made before."""
    stamp = _next_stamp()
    value = (stamp >> 12) << 80 | 0x7 << 76 | (stamp & 0xFFF) << 64
    return UUID(int=value | 0x2 << 62 | int.from_bytes(os.urandom(8)) >> 2)


def _next_stamp() -> int:
    """Milliseconds and, in the 12 bits below, their fraction (RFC 9562 section 6.2, method 3); one
    more than the last where the clock has not moved on."""
    global _last_stamp  # noqa: PLW0603 -- of the process, as the promise of new_id is
    now = (time.time_ns() << 12) // 1_000_000
    with _stamp_lock:
        _last_stamp = max(now, _last_stamp + 1)
        return _last_stamp


def first_id_at(moment: datetime) -> UUID:
    """The least UUIDv7 of a time: ids made from then on are not below it."""
    milliseconds = max(0, int(moment.timestamp() * 1000))
    return UUID(int=milliseconds << 80 | 0x7 << 76 | 0x2 << 62)


def moment_of(identifier: UUID) -> datetime:
    """When a UUIDv7 was made, to the millisecond."""
    return datetime.fromtimestamp((identifier.int >> 80) / 1000, UTC)


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
