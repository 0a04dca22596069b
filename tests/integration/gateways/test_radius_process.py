"""The radius process beside the charge process: either killed, nothing is charged twice."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
from tests.support.operator import Operator
from tests.support.radius import (
    ACCOUNTING_RESPONSE,
    INTERIM,
    NAS_IDENTIFIER,
    SECRET,
    SESSION_ID,
    SESSION_TIME,
    START,
    STATUS,
    STOP,
    USER_NAME,
    Nas,
    accounting,
    is_reply,
)
from tests.support.roles import Role, until_charging

from openmvno.actor import Actor
from openmvno.database import Pool
from openmvno.gateways.grpc.engine_client import GrpcEngineClient
from openmvno.nas import set_client
from openmvno.nas.schemas import RadiusClientIn
from openmvno.provisioning import Sealer
from openmvno.settings import Settings

EUR = 1_000_000
SECOND = 10_000
"""0.60 a minute."""


async def _client(pool: Pool, settings: Settings, tenant: UUID, secret: str = SECRET) -> None:
    terms = RadiusClientIn("127.0.0.1", "voice").terms()
    actor = Actor(tenant, "test", str(uuid4()))
    async with pool.connection() as connection:
        sealer = Sealer.from_settings(settings)
        await set_client(connection, actor, sealer, "here", terms, secret)


def _until_answered(nas: Nas, datagram: bytes, seconds: float = 20) -> bytes:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        reply = nas.ask(datagram)
        if reply is not None:
            return reply
    raise AssertionError("never answered")


async def test_reports_sent_until_they_are_answered_are_charged_once(
    settings: Settings, database_url: str, pool: Pool, tmp_path: Path
) -> None:
    settings = settings.model_copy(update={"data_dir": tmp_path})
    operator = Operator(database_url, settings.shards)
    logs = tmp_path / "charge.log", tmp_path / "radius.log"
    async with GrpcEngineClient.from_settings(settings) as client:
        with Role("charge", settings, logs[0]) as engine, Role("radius", settings, logs[1]) as door:
            await until_charging(client, engine)
            for place in operator.create(lines=1):
                assert (await client.apply(*place)).get("ok") is True
            await _client(pool, settings, operator.tenant)
            user = [(USER_NAME, operator.msisdn(0)), (NAS_IDENTIFIER, "x"), (SESSION_ID, "s")]
            with Nas(settings.radius_accounting_port, 0.3) as nas:
                steps = ((START, 0), (INTERIM, 30), (INTERIM, 60), (STOP, 65))
                for number, (status, seconds) in enumerate(steps):
                    report: list[tuple[int, Any]] = [
                        (STATUS, status),
                        (SESSION_TIME, seconds),
                        *user,
                    ]
                    datagram = accounting(number, report)
                    # Applied, but perhaps not answered: the answer goes to a socket that is gone.
                    with Nas(settings.radius_accounting_port, 0.01) as deaf:
                        deaf.send(datagram)
                    victim = (door, engine)[number % 2]
                    victim.kill()
                    victim.start()
                    reply = await asyncio.to_thread(_until_answered, nas, datagram)
                    assert reply[0] == ACCOUNTING_RESPONSE
                    await until_charging(client, engine)
                    balance = await client.balance(operator.tenant, operator.accounts[0])
                    assert balance is not None
                    assert balance["balance"] == 10 * EUR - seconds * SECOND
                    assert balance["sessions"] == (0 if status == STOP else 1)
            assert door.stop() == 0
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT count(*) FROM journal").fetchone()
        assert row is not None
        assert row[0] > 0


async def test_while_the_engine_is_away_nothing_is_answered(
    settings: Settings, database_url: str, pool: Pool, tmp_path: Path
) -> None:
    settings = settings.model_copy(update={"data_dir": tmp_path})
    operator = Operator(database_url, settings.shards)
    operator.create(lines=1)
    await _client(pool, settings, operator.tenant)
    report = [(STATUS, START), (SESSION_ID, "s"), (USER_NAME, operator.msisdn(0))]
    with Role("radius", settings, tmp_path / "radius.log") as door:
        with Nas(settings.radius_accounting_port, 0.5) as nas:
            deadline = time.monotonic() + 20
            while "RADIUS on" not in door.log:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.1)
            assert nas.ask(accounting(1, report)) is None
        assert door.stop() == 0
        assert "are not answered" in door.log


async def test_at_sigterm_what_arrived_is_served(
    settings: Settings, database_url: str, pool: Pool, tmp_path: Path
) -> None:
    settings = settings.model_copy(update={"data_dir": tmp_path})
    operator = Operator(database_url, settings.shards)
    logs = tmp_path / "charge.log", tmp_path / "radius.log"
    async with GrpcEngineClient.from_settings(settings) as client:
        with Role("charge", settings, logs[0]) as engine:
            await until_charging(client, engine)
            for place in operator.create(lines=1):
                await client.apply(*place)
            await _client(pool, settings, operator.tenant)
            with (
                Role("radius", settings, logs[1]) as door,
                Nas(settings.radius_accounting_port, 0.5) as nas,
            ):
                user = [(USER_NAME, operator.msisdn(0)), (NAS_IDENTIFIER, "x")]
                first = accounting(0, [(STATUS, START), (SESSION_ID, "first"), *user])
                await asyncio.to_thread(_until_answered, nas, first)
                asked = {}
                for number in range(1, 100):
                    session = [(STATUS, START), (SESSION_ID, f"s{number}"), *user]
                    asked[number] = accounting(number, session)
                    nas.send(asked[number])
                assert await asyncio.to_thread(door.stop) == 0
                answered = set()
                while (reply := nas.receive()) is not None:
                    assert is_reply(reply, asked[reply[1]])
                    answered.add(reply[1])
                assert answered == set(asked), "every one that arrived before"


async def test_a_changed_secret_is_in_force_without_a_restart(
    settings: Settings, database_url: str, pool: Pool, tmp_path: Path
) -> None:
    settings = settings.model_copy(update={"data_dir": tmp_path})
    operator = Operator(database_url, settings.shards)
    async with GrpcEngineClient.from_settings(settings) as client:
        with (
            Role("charge", settings, tmp_path / "charge.log") as engine,
            Role("radius", settings, tmp_path / "radius.log"),
            Nas(settings.radius_accounting_port, 0.3) as nas,
        ):
            await until_charging(client, engine)
            for place in operator.create(lines=1):
                await client.apply(*place)
            await _client(pool, settings, operator.tenant)
            report = [(STATUS, START), (SESSION_ID, "s"), (USER_NAME, operator.msisdn(0))]
            await asyncio.to_thread(_until_answered, nas, accounting(1, report))
            await _client(pool, settings, operator.tenant, "another secret of the client")
            deadline = time.monotonic() + 10
            new = accounting(2, report, "another secret of the client")
            while True:
                assert time.monotonic() < deadline
                nas.send(new)
                reply = nas.receive()
                if reply is not None and is_reply(reply, new, "another secret of the client"):
                    break
            assert nas.ask(accounting(3, report)) is None, "the old secret is of no use"
