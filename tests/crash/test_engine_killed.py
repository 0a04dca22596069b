"""kill -9 of the engine under load, again and again: nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
import os
import random
from pathlib import Path

import pytest
from tests.crash.audit import Books, audit
from tests.crash.load import Gateways
from tests.crash.tariff import CATALOG
from tests.support.operator import Operator
from tests.support.roles import Role, until_charging

from openmvno.gateways.grpc.engine_client import GrpcEngineClient
from openmvno.settings import Settings

LINES = 40
BALANCE = 8_000_000
KILLS = int(os.environ.get("OPENMVNO_KILLS", "30"))
SOAK_KILLS = int(os.environ.get("OPENMVNO_KILLS", "500"))
SEED = int(os.environ.get("OPENMVNO_SEED", "1"))


async def test_every_acknowledged_charge_once(
    settings: Settings, database_url: str, tmp_path: Path
) -> None:
    await killed_engine(settings, database_url, tmp_path, KILLS, BALANCE)


@pytest.mark.soak
async def test_every_acknowledged_charge_once_for_long(
    settings: Settings, database_url: str, tmp_path: Path
) -> None:
    await killed_engine(settings, database_url, tmp_path, SOAK_KILLS, 20 * BALANCE)


async def killed_engine(
    settings: Settings, database_url: str, folder: Path, kills: int, balance: int
) -> None:
    chance = random.Random(SEED)
    operator = Operator(database_url, settings.shards, catalog=CATALOG)
    msisdns = [operator.msisdn(number) for number in range(LINES)]
    async with GrpcEngineClient.from_settings(settings) as client:
        with (
            Role("charge", settings, folder / "charge.log") as engine,
            Role("work", settings, folder / "work.log") as work,
        ):
            await until_charging(client, engine)
            for place in operator.create(LINES, balance):
                assert (await client.apply(*place)).get("ok")
            gateways = Gateways([settings.diameter_port], msisdns, SEED)
            async with gateways.running():
                for _ in range(kills):
                    await asyncio.sleep(chance.uniform(0.02, 0.6))
                    engine.kill()
                    engine.start()
                    await until_charging(client, engine, 60)
                await asyncio.sleep(0.5)
            await audit(Books(database_url), operator, gateways.ledger, client, balance)
            ledger = gateways.ledger
            assert work.process is not None
            assert work.process.poll() is None, work.log
    print(
        f"{kills} kills, seed {SEED}: {ledger.acknowledged} requests acknowledged,"
        f" {ledger.retransmitted} retransmitted, {ledger.repeated} repeated,"
        f" {len(ledger.sessions)} sessions, {len(ledger.messages)} messages,"
        f" {ledger.partial_grants} partial grants, {ledger.out_of_credit} times out of credit"
    )
    assert ledger.acknowledged > 20 * kills
    assert ledger.retransmitted > 0
    assert ledger.repeated > 0
