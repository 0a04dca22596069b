"""A price that changes while a session runs: told before, and exact to the octet after."""

from __future__ import annotations

import struct
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from grpclib.client import Channel
from tests.e2e.rated.catalog import INTERNET, MEGABYTE, SERVICES, data_rate, table
from tests.e2e.rated.conftest import NewOperator
from tests.e2e.rated.traffic import data, granted, result_of, used_apart
from tests.support.diameter_peer import Peer
from tests.support.system import System

from openmvno.rpc.charging.v1 import charging_pb2 as messages
from openmvno.rpc.charging.v1.charging_grpc import ChargingStub
from openmvno.story import messages as ccr

# Tariff-Time-Change (RFC 8506 section 8.20): code 451, flag M, 12 octets.
TARIFF_TIME_CHANGE = bytes([0, 0, 0x01, 0xC3, 0x40, 0, 0, 12])
NTP_TO_UNIX = 2_208_988_800


@pytest.fixture(scope="module")
def change() -> datetime:
    """When the cheap hours begin: the next whole minute, if there is time enough before it."""
    soon = datetime.now(UTC) + timedelta(seconds=70)
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


async def test_grpc_tells_and_takes_it_too(operator: System, change: datetime) -> None:
    line = operator.line()
    subscriber = messages.Subscriber(msisdn=line.subscriber.msisdn)
    about: dict[str, Any] = {
        "session_id": f"tariff-{line.line_id}",
        "subscriber": subscriber,
        "service": "data",
        "rating_group": INTERNET,
    }
    login = {"authorization": f"Bearer {operator.token}"}
    channel = Channel("127.0.0.1", operator.settings.grpc_port)
    try:
        stub = ChargingStub(channel)
        reserve = messages.ReserveRequest(**about, requested=units(MEGABYTE))
        reserved = await stub.Reserve(reserve, metadata=login, timeout=10)
        assert reserved.tariff_change == change.timestamp() * 1000
        # The client's clock is ahead of ours: it has seen the change, so it counts.
        wait_until_near(change)
        commit = messages.CommitRequest(
            **about, request_number=1, used=units(300_000), used_after_change=units(200_000)
        )
        await stub.Commit(commit, metadata=login, timeout=10)
    finally:
        channel.close()
    cdr = operator.cdrs(about["session_id"])[0]
    assert (cdr["usage"], cdr["amount"]) == (500_000, "0.034")


def units(count: int) -> messages.Quantity:
    return messages.Quantity(units=count)


def wait_until_near(change: datetime) -> None:
    """An Event-Timestamp, or usage after the change, counts from a minute before it on."""
    while change - datetime.now(UTC) > timedelta(seconds=58):
        time.sleep(0.1)


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
    wait_until_near(change)
    update = used_apart(1_234_567, 765_433)
    update.requested_service_unit = asked.requested_service_unit
    answer = data(peer, line, session, (ccr.UPDATE, 1), update, at=change)
    assert result_of(answer) == 2001
    # 0.138766 for what happened, and ten megabytes of the cheap price.
    assert operator.money(line) == ("9.861234", "0.20")
    end = used_apart(None, 4_567)
    assert result_of(data(peer, line, session, (ccr.TERMINATION, 2), end, at=change)) == 2001
    cdr = operator.cdrs(session)[0]
    parts = [
        (part["rate"], part["period"], part["from"], part["to"], part["amount"])
        for part in cdr["parts"]
    ]
    # 1,234,567 × 0.10 and (765,433 + 4,567) × 0.02 a million.
    assert parts == [
        ("Dear", "", 0, 1_234_567, "0.123457"),
        ("Cheap", "cheap", 1_234_567, 2_004_567, "0.0154"),
    ]
    assert (cdr["usage"], cdr["amount"]) == (2_004_567, "0.138857")
    assert operator.money(line) == ("9.861143", "0.00")
