"""Identifiers of ours and of the network."""

from __future__ import annotations

import time
from uuid import RFC_4122

from hypothesis import given
from hypothesis import strategies as st

from openmvno.identifiers import is_iccid, is_imsi, is_msisdn, luhn_digit, new_id


def test_new_ids_are_version_7_and_in_the_order_they_were_made() -> None:
    ids = [new_id() for _ in range(1000)]
    assert {each.version for each in ids} == {7}
    assert len(set(ids)) == 1000
    assert ids == sorted(ids)
    assert {each.variant for each in ids} == {RFC_4122}
    assert abs((ids[0].int >> 80) - time.time_ns() // 1_000_000) < 60_000


def test_luhn_digit_of_a_known_card() -> None:
    assert luhn_digit("7992739871") == "3"


@given(st.text("0123456789", min_size=16, max_size=17), st.integers(0, 18), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(digits: str, place: int, change: int) -> None:
    body = "89" + digits
    good = body + luhn_digit(body)
    assert is_iccid(good)
    place = 2 + place % (len(good) - 2)
    wrong = str((int(good[place]) + change) % 10)
    assert not is_iccid(good[:place] + wrong + good[place + 1 :])


def test_numbers() -> None:
    assert is_msisdn("385910000001")
    assert not any(map(is_msisdn, ["", "+385910000001", "0385910000001", "1" * 16, "38591x"]))
    assert is_imsi("219010000000001")
    assert not any(map(is_imsi, ["", "21901", "2" * 16, "21901000000000a"]))
