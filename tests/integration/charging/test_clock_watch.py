"""Clocks that differ: PostgreSQL's, and those of gateways by what they send."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.diameter_peer import Peer
from tests.support.local_engine import new_core
from tests.support.operator import Operator
from tests.support.roles import Role, until_charging

from openmvno.charging import ownership
from openmvno.charging.clock_watch import ClockWatch
from openmvno.gateways.grpc.engine_client import GrpcEngineClient
from openmvno.settings import Settings
from openmvno.story import messages as ccr


class Clock:
    """A host's clock that somebody sets."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


async def test_a_host_whose_clock_is_shifted_says_so_once(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "openmvno.charging.clock_watch")
    clock = Clock()
    watch = ClockWatch(new_core(1), database_url, clock)
    connection = await ownership.connect(database_url, "test")
    async with connection:
        await watch.look(connection)
        assert abs(watch.figures["database_ahead_ms"]) < 1_000
        assert caplog.messages == []
        clock.ahead = 30
        await watch.look(connection)
        await watch.look(connection)
        assert -31_000 < watch.figures["database_ahead_ms"] < -29_000
        (warning,) = caplog.records
        assert warning.levelno == logging.WARNING
        assert "the clock of PostgreSQL is 30.0 s behind this host's" in warning.message
        clock.ahead = 0
        await watch.look(connection)
        await watch.look(connection)
        assert [record.levelno for record in caplog.records] == [logging.WARNING, logging.INFO]


def message(peer: Peer, subscriber: ccr.Subscriber, ahead: timedelta) -> None:
    request = peer.request(subscriber, peer.new_session(), ccr.SMS, ccr.EVENT, 0)
    request.requested_action = 0
    request.requested_service_unit = ccr.events(1)
    request.service_information = ccr.texted("385980000001")
    request.event_timestamp = datetime.now(UTC).replace(tzinfo=None) + ahead
    assert peer.send(request).result_code == 2001


async def test_a_gateway_whose_clock_is_shifted_is_named(
    settings: Settings, database_url: str, tmp_path: Path
) -> None:
    operator = Operator(database_url, settings.shards)
    subscriber = ccr.Subscriber(operator.msisdn(0), "219010000000000")
    async with GrpcEngineClient.from_settings(settings) as client:
        with Role("charge", settings, tmp_path / "charge.log") as role:
            await until_charging(client, role)
            for place in operator.create(lines=1):
                await client.apply(*place)
            with (
                Peer(settings.diameter_port, "right.example") as right,
                Peer(settings.diameter_port, "wrong.example") as wrong,
            ):

                async def figures() -> dict[str, float]:
                    clocks: dict[str, Any] = (await client.statistics())["clocks"]
                    return {each["peer"]: each["ahead_ms"] for each in clocks["peers"]}

                async with asyncio.timeout(20):
                    while len(known := await figures()) < 2:
                        message(right, subscriber, timedelta())
                        message(wrong, subscriber, timedelta(seconds=-40))
                        await asyncio.sleep(0.5)
            assert abs(known["right.example"]) < 2_000
            assert -42_000 < known["wrong.example"] < -38_000
            log = role.log
            assert "the clock of gateway wrong.example is" in log
            assert "right.example is" not in log
            statistics = await client.statistics()
            assert abs(statistics["clocks"]["database_ahead_ms"]) < 1_000
