"""Reading usage files: every line is either a record or says why not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openmvno.mediation.errors import UsageFileInvalid
from openmvno.mediation.model import BadLine, Circumstances, UsageRecord
from openmvno.mediation.rules import content_key, read_usage_file

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SERVICES = frozenset({"roaming-voice"})
HEADER = "record_id,imsi,service,direction,destination,started_at,duration"
GOOD = "R-1,219010000000001,roaming-voice,originating,4930123,2026-05-01T10:00:00Z,125"


def read(*lines: str) -> list[UsageRecord | BadLine]:
    return list(read_usage_file("\n".join(lines).encode(), SERVICES, NOW))


def test_a_good_line() -> None:
    [record] = read(HEADER, GOOD)
    assert isinstance(record, UsageRecord)
    assert (record.line_number, record.usage, record.destination) == (2, 125, "4930123")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("R-1", "", "record_id_invalid"),
        ("219010000000001", "21901", "imsi_invalid"),
        ("219010000000001", "", "identity_missing"),
        ("roaming-voice", "roaming", "service_unknown"),
        ("originating", "outgoing", "direction_invalid"),
        ("4930123", "49-30", "destination_invalid"),
        ("2026-05-01T10:00:00Z", "1 May", "started_at_invalid"),
        ("2026-05-01T10:00:00Z", "2026-05-01T10:00:00", "started_at_invalid"),
        ("2026-05-01T10:00:00Z", "2027-05-01T10:00:00Z", "started_at_out_of_range"),
        ("125", "-1", "usage_invalid"),
        ("125", "1.5", "usage_invalid"),
        ("125", "", "usage_invalid"),
        ("125", "9" * 17, "usage_invalid"),
        ("125", "125,surplus", "too_many_columns"),
    ],
)
def test_a_bad_line_says_why_and_the_others_stay(old: str, new: str, code: str) -> None:
    bad, good = read(HEADER, GOOD.replace(old, new), GOOD)
    assert isinstance(bad, BadLine)
    assert bad.code == code
    assert isinstance(good, UsageRecord)


WHERE = "rating_group,plmn,msc,apn"


def test_where_it_was_used() -> None:
    plain, there = read(f"{HEADER},{WHERE}", f"{GOOD},,,,", f"{GOOD},10,310260,+1404,internet")
    assert isinstance(plain, UsageRecord)
    assert isinstance(there, UsageRecord)
    assert plain.circumstances == Circumstances()
    assert there.circumstances == Circumstances(10, "310260", "1404", "internet")
    [before] = read(HEADER, GOOD)
    assert isinstance(before, UsageRecord)
    assert content_key(plain) == content_key(before), "taken before the columns existed"
    assert content_key(there) != content_key(plain)


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ("ten,,,", "rating_group_invalid"),
        ("4294967296,,,", "rating_group_invalid"),
        (",310,,", "plmn_invalid"),
        (",,+,", "msc_invalid"),
        (f",,,{'a' * 101}", "apn_invalid"),
    ],
)
def test_a_place_that_is_none(where: str, code: str) -> None:
    [bad] = read(f"{HEADER},{WHERE}", f"{GOOD},{where}")
    assert isinstance(bad, BadLine)
    assert bad.code == code


@pytest.mark.parametrize(
    "header", ["", "record_id,imsi", HEADER + ",colour", HEADER + ",imsi", "record_id;imsi"]
)
def test_a_bad_header_refuses_the_file(header: str) -> None:
    with pytest.raises(UsageFileInvalid):
        read(header, GOOD)


def test_the_content_key_does_not_depend_on_how_a_record_is_written() -> None:
    written = [
        GOOD,
        GOOD.replace("originating", ""),
        GOOD.replace("10:00:00Z", "12:00:00+02:00"),
        GOOD.replace("4930123", "+4930123"),
    ]
    keys = {content_key(each) for each in read(HEADER, *written) if isinstance(each, UsageRecord)}
    assert len(keys) == 1
    [other] = read(HEADER, GOOD.replace("125", "126"))
    assert isinstance(other, UsageRecord)
    assert content_key(other) not in keys


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        lines = list(read_usage_file(HEADER.encode() + b"\n" + content, SERVICES, NOW))
    except UsageFileInvalid:
        return
    assert all(isinstance(line, UsageRecord | BadLine) for line in lines)
