"""Reading a usage file line by line: good lines become records, each bad one is named."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from openmvno.errors import one_of, told
from openmvno.identifiers import is_imsi, is_msisdn
from openmvno.mediation.errors import UsageFileInvalid
from openmvno.mediation.model import BadLine, Circumstances, UsageRecord

REQUIRED: Final = frozenset({"record_id", "service", "started_at"})
KNOWN: Final = REQUIRED | {
    "imsi",
    "msisdn",
    "direction",
    "destination",
    "duration",
    "usage",
    "rating_group",
    "plmn",
    "msc",
    "apn",
}
_COLUMNS: Final = (
    f"the columns {', '.join(sorted(REQUIRED))}, one of imsi and msisdn, one of duration and usage"
    f" and, where there is more to say, {', '.join(sorted(KNOWN - REQUIRED))}"
)
LARGEST_USAGE: Final = 2**53
CLOCK_TOLERANCE: Final = timedelta(hours=1)
"""How far in the future usage may begin before we doubt the sender's clock."""

_TIME: Final = "a time with its offset such as 2026-05-01T10:00:00Z"
DIRECTIONS: Final = ("originating", "terminating", "forwarded")
LARGEST_RATING_GROUP: Final = 2**32 - 1
LONGEST_APN: Final = 100

_PLACES: Final = ("plmn", "msc", "apn")

_PLMN = re.compile(r"[0-9]{5,6}")
_MSC = re.compile(r"[0-9]{1,15}")
_DESTINATION = re.compile(r"\+?[0-9]{1,32}")


class _Mistake(Exception):
    """Why a line cannot be read: a stable code, the column, the rule, what is accepted."""

    def __init__(self, code: str, column: str, rule: str, accepted: str) -> None:
        super().__init__(f"{column}: {told(rule, accepted)}")
        self.code = code


def read_usage_file(
    content: bytes, services: frozenset[str], now: datetime
) -> Iterator[UsageRecord | BadLine]:
    """Each line of the file as a record, or as a bad line that says why.

    Raises:
        UsageFileInvalid: the file as a whole cannot be read.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageFileInvalid(f"The file is not UTF-8: {error}.", field=None) from error
    if "\0" in text:
        raise UsageFileInvalid("The file contains NUL characters.", field=None)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        header = [name.strip().lower() for name in reader.fieldnames or []]
        _check_header(header)
        reader.fieldnames = header
        for row in reader:
            yield _read_row(reader.line_num, row, services, now)
    except csv.Error as error:
        raise UsageFileInvalid(f"Line {reader.line_num} is no CSV: {error}.", field=None) from error


def _check_header(header: list[str]) -> None:
    missing = sorted(REQUIRED - set(header))
    if not {"imsi", "msisdn"} & set(header):
        missing.append("imsi or msisdn")
    if not {"duration", "usage"} & set(header):
        missing.append("duration or usage")
    if missing:
        raise UsageFileInvalid(
            f"The first line names no column {', no column '.join(missing)}.",
            field=missing[0],
            accepted=_COLUMNS,
        )
    unknown = sorted(set(header) - KNOWN)
    wrong = [*unknown, *sorted({name for name in header if header.count(name) > 1})]
    if wrong:
        raise UsageFileInvalid(
            f"The first line names columns there are not, or one twice: {', '.join(wrong)}.",
            field=wrong[0],
            accepted=_COLUMNS,
        )


def _read_row(
    line_number: int, row: dict[Any, Any], services: frozenset[str], now: datetime
) -> UsageRecord | BadLine:
    surplus = row.pop(None, None)
    raw = {name: (value or "").strip() for name, value in row.items()}
    record_id = raw["record_id"][:100]
    if surplus is not None:
        message = told("the line has more columns than the header", f"{len(raw)} columns")
        return BadLine(line_number, record_id, "too_many_columns", message, raw)
    try:
        return _record(line_number, record_id, raw, services, now)
    except _Mistake as mistake:
        return BadLine(line_number, record_id, mistake.code, str(mistake), raw)


def _record(
    line_number: int, record_id: str, raw: dict[str, str], services: frozenset[str], now: datetime
) -> UsageRecord:
    if not record_id or raw["record_id"] != record_id:
        raise _Mistake(
            "record_id_invalid", "record_id", "it is empty or too long", "1 to 100 characters"
        )
    if raw["service"] not in services:
        raise _Mistake(
            "service_unknown",
            "service",
            f"the catalogue has no service {raw['service'][:60]!r}",
            one_of(sorted(services)),
        )
    direction = raw.get("direction") or "originating"
    if direction not in DIRECTIONS:
        raise _Mistake(
            "direction_invalid", "direction", f"{direction[:30]!r} is none", one_of(DIRECTIONS)
        )
    imsi, msisdn = raw.get("imsi") or None, raw.get("msisdn") or None
    _check_identity(imsi, msisdn)
    return UsageRecord(
        line_number,
        record_id,
        imsi,
        msisdn,
        raw["service"],
        direction,
        _destination(raw.get("destination", "")),
        _started_at(raw["started_at"], now),
        _usage(raw),
        raw,
        _circumstances(raw),
    )


def _circumstances(raw: dict[str, str]) -> Circumstances:
    group, plmn, msc, apn = (raw.get(name) or None for name in ("rating_group", *_PLACES))
    if group is not None and not (_MSC.fullmatch(group) and int(group) <= LARGEST_RATING_GROUP):
        raise _Mistake(
            "rating_group_invalid",
            "rating_group",
            f"{group[:30]!r} is not a rating group",
            f"a whole number from 0 to {LARGEST_RATING_GROUP}",
        )
    if plmn is not None and _PLMN.fullmatch(plmn) is None:
        raise _Mistake(
            "plmn_invalid", "plmn", f"{plmn[:30]!r} is none", "MCC and MNC such as 21901"
        )
    msc = msc and msc.removeprefix("+")
    if msc is not None and _MSC.fullmatch(msc) is None:
        raise _Mistake("msc_invalid", "msc", f"{msc[:30]!r} is not a number", "1 to 15 digits")
    if apn is not None and len(apn) > LONGEST_APN:
        raise _Mistake(
            "apn_invalid",
            "apn",
            f"it has {len(apn)} characters",
            f"at most {LONGEST_APN} characters",
        )
    return Circumstances(None if group is None else int(group), plmn, msc, apn)


def _check_identity(imsi: str | None, msisdn: str | None) -> None:
    if imsi is None and msisdn is None:
        raise _Mistake("identity_missing", "imsi", "nobody is named", "imsi, msisdn or both")
    if imsi is not None and not is_imsi(imsi):
        raise _Mistake("imsi_invalid", "imsi", f"{imsi[:30]!r} is no IMSI", "15 digits")
    if msisdn is not None and not is_msisdn(msisdn):
        raise _Mistake(
            "msisdn_invalid",
            "msisdn",
            f"{msisdn[:30]!r} is not an international number",
            "7 to 15 digits with the country code first",
        )


def _destination(text: str) -> str | None:
    if text and _DESTINATION.fullmatch(text) is None:
        raise _Mistake(
            "destination_invalid",
            "destination",
            f"{text[:40]!r} is not a number",
            "1 to 32 digits, with or without + before them",
        )
    return text or None


def _started_at(text: str, now: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _Mistake(
            "started_at_invalid", "started_at", f"{text[:40]!r} is no time", _TIME
        ) from None
    if moment.tzinfo is None:
        raise _Mistake("started_at_invalid", "started_at", f"{text[:40]} has no offset", _TIME)
    if not datetime(2000, 1, 1, tzinfo=UTC) <= moment <= now + CLOCK_TOLERANCE:
        raise _Mistake(
            "started_at_out_of_range",
            "started_at",
            f"{text[:40]} is too late or too early",
            f"a time from 2000 on, at most {CLOCK_TOLERANCE} ahead",
        )
    return moment


def _usage(raw: dict[str, str]) -> int:
    texts = {raw[name] for name in ("usage", "duration") if raw.get(name)}
    if len(texts) != 1:
        raise _Mistake(
            "usage_invalid",
            "usage",
            "neither usage nor duration is given, or both with different values",
            "one of usage and duration",
        )
    text = texts.pop()
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and int(text) <= LARGEST_USAGE):
        raise _Mistake(
            "usage_invalid",
            "usage",
            f"{text[:30]!r} is not a number of units",
            f"a whole number from 0 to {LARGEST_USAGE}",
        )
    return int(text)


def content_key(record: UsageRecord) -> str:
    """What tells one record from another: SHA-256 of all it says, however it is written."""
    said: tuple[object, ...] = (
        record.record_id,
        record.imsi,
        record.msisdn,
        record.service,
        record.direction,
        record.destination and record.destination.removeprefix("+"),
        int(record.started_at.timestamp() * 1000),
        record.usage,
    )
    # Records that say nothing of them have the keys they always had.
    if record.circumstances != Circumstances():
        said = (*said, *astuple(record.circumstances))
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()
