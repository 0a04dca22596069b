"""A price that changes while a session runs: told before, and exact to the octet after."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.e2e.rated.catalog import INTERNET, MEGABYTE, SERVICES, data_rate, table
from tests.e2e.rated.conftest import NewOperator
from tests.e2e.rated.traffic import data, granted, result_of, used_apart
from tests.support.diameter_peer import Peer
from tests.support.system import System

from openmvno.story import messages as ccr

# Tariff-Time-Change (RFC 8506 section 8.20): code 451, flag M, 12 octets.
TARIFF_TIME_CHANGE = bytes([0, 0, 0x01, 0xC3, 0x40, 0, 0, 12])
NTP_TO_UNIX = 2_208_988_800


@pytest.fixture(scope="module")
def change() -> datetime:
    """When the cheap hours begin: the first whole minute from half a minute on."""
    soon = datetime.now(UTC) + timedelta(seconds=90)
    return soon.replace(second=0, microsecond=0)


@pytest.fixture(scope="module")
def operator(new_operator: NewOperator, change: datetime) -> System:
    """0.10 a megabyte, 0.02 from the change on."""
    end = change + timedelta(hours=2)
    cheap = {"code": "cheap", "from": f"{change:%H:%M}", "to": f"{end:%H:%M}"}
    prices = table(
        "data",
        "data",
        data_rate("0.10", name="Dear"),
        data_rate("0.02", name="Cheap", period="cheap"),
        calendar="today",
    )
    document: dict[str, Any] = {
        "currency": "EUR",
        "services": SERVICES,
        "calendars": [{"code": "today", "periods": [cheap]}],
        "rate_tables": [prices],
        "products": [{"code": "basic", "rate_tables": ["data"]}],
    }
    return new_operator("tariff-change", document)


def announced(peer: Peer) -> int:
    """Tariff-Time-Change of the last answer, Unix seconds; python-diameter does not show it."""
    _, octets = peer.conversation.parts[-1]
    _, found, rest = octets.partition(TARIFF_TIME_CHANGE)
    assert found
    (seconds,) = struct.unpack("!I", rest[:4])
    return int(seconds) - NTP_TO_UNIX


def test_usage_is_split_where_the_gateway_says(
    operator: System, peer: Peer, change: datetime
) -> None:
    line = operator.line()
    session = peer.new_session()
    asked = ccr.octets(INTERNET, 10 * MEGABYTE, None)
    answer = data(peer, line, session, (ccr.INITIAL, 0), asked)
    assert granted(answer) == 10 * MEGABYTE
    assert announced(peer) == change.timestamp()
    # What happens before the change may cost the dear price: all of it is held.
    assert operator.money(line) == ("10.00", "1.00")
    update = used_apart(1_234_567, 765_433)
    update.requested_service_unit = asked.requested_service_unit
    assert result_of(data(peer, line, session, (ccr.UPDATE, 1), update)) == 2001
    end = used_apart(None, 4_567)
    assert result_of(data(peer, line, session, (ccr.TERMINATION, 2), end)) == 2001
    cdr = operator.cdrs(session)[0]
    parts = [
        (part["rate"], part["period"], part["from"], part["to"], part["amount"])
        for part in cdr["parts"]
    ]
    # 1,234,567 × 0.10 and (765,433 + 4,567) × 0.02 a million.
    print(cdr)
    assert parts == [
        ("Dear", "", 0, 1_234_567, "0.123457"),
        ("Cheap", "cheap", 1_234_567, 2_004_567, "0.0154"),
    ]
    assert (cdr["usage"], cdr["amount"]) == (2_004_567, "0.138857")
    assert operator.money(line) == ("9.861143", "0.00")
