"""An engine dies or freezes under load and its standby takes over: nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.crash.audit import Books, audit
from tests.crash.load import Gateways, Ledger
from tests.crash.tariff import CATALOG
from tests.support.operator import Operator
from tests.support.roles import Role, until_charging

from openmvno.charging.process import EXIT_FENCED
from openmvno.gateways.grpc.engine_client import GrpcEngineClient
from openmvno.settings import Settings

LINES = 40
BALANCE = 8_000_000
SEED = int(os.environ.get("OPENMVNO_SEED", "1"))
KILLS = int(os.environ.get("OPENMVNO_KILLS", "6"))


class Pair:
    """Two engines of one installation, and gateways that know both."""

    def __init__(self, settings: Settings, free_port: Callable[[], int], folder: Path) -> None:
        second = settings.model_copy(
            update={
                "diameter_port": free_port(),
                "engine_grpc_port": free_port(),
                "diameter_origin_host": "ocs2.openmvno.example",
            }
        )
        both = (settings, second)
        self.nodes = [f"127.0.0.1:{each.engine_grpc_port}" for each in both]
        self.ports = [each.diameter_port for each in both]
        self.settings = settings.model_copy(update={"engine_nodes": ",".join(self.nodes)})
        self.engines = [
            Role(
                "charge",
                each,
                folder / f"charge{number}.log",
                {"OPENMVNO_DIAMETER_ORIGIN_HOST": each.diameter_origin_host},
            )
            for number, each in enumerate(both)
        ]

    async def started(self, client: GrpcEngineClient) -> None:
        """The first charges, the second stands by."""
        self.engines[0].start()
        await until_charging(client, self.engines[0])
        self.engines[1].start()
        await until_standing_by(self.engines[1])

    def stop(self) -> None:
        """Stop what still runs."""
        for engine in self.engines:
            if engine.process is not None and engine.process.poll() is None:
                engine.process.send_signal(signal.SIGCONT)
                engine.stop()


async def until_standing_by(engine: Role, after: int = 0) -> None:
    """Wait until its log says so once more than ``after`` times."""
    async with asyncio.timeout(30):
        while engine.log.count("standing by") <= after:
            assert engine.process is not None
            assert engine.process.poll() is None, engine.log
            await asyncio.sleep(0.02)


def longest_gap(times: list[float]) -> float:
    """Seconds between two acknowledgements, at most."""
    ordered = sorted(times)
    return max(later - earlier for earlier, later in itertools.pairwise(ordered))


@pytest.fixture
def pair(settings: Settings, free_port: Callable[[], int], tmp_path: Path) -> Iterator[Pair]:
    both = Pair(settings, free_port, tmp_path)
    yield both
    both.stop()


@asynccontextmanager
async def under_load(
    pair: Pair, database_url: str, folder: Path
) -> AsyncIterator[tuple[GrpcEngineClient, Ledger]]:
    """Load inside; at the end the books are compared with what was acknowledged."""
    operator = Operator(database_url, pair.settings.shards, catalog=CATALOG)
    msisdns = [operator.msisdn(number) for number in range(LINES)]
    async with GrpcEngineClient.from_settings(pair.settings) as client:
        await pair.started(client)
        with Role("work", pair.settings, folder / "work.log"):
            for place in operator.create(LINES, BALANCE):
                assert (await client.apply(*place)).get("ok")
            gateways = Gateways(pair.ports, msisdns, SEED)
            async with gateways.running():
                yield client, gateways.ledger
            await audit(Books(database_url), operator, gateways.ledger, client, BALANCE)


async def test_the_standby_takes_over_from_a_killed_owner(
    pair: Pair, database_url: str, tmp_path: Path
) -> None:
    async with under_load(pair, database_url, tmp_path) as (client, ledger):
        for kill in range(KILLS):
            owner, standby = pair.engines[kill % 2], pair.engines[1 - kill % 2]
            await asyncio.sleep(0.7)
            owner.kill()
            await until_charging(client, standby)
            seen = owner.log.count("standing by")
            owner.start()
            await until_standing_by(owner, seen)
    print(
        f"{KILLS} take-overs, seed {SEED}: {ledger.acknowledged} requests acknowledged,"
        f" {ledger.retransmitted} retransmitted, {ledger.repeated} repeated, refusals"
        f" {dict(ledger.refusals)}; longest gap {longest_gap(ledger.acknowledged_at):.2f} s"
    )
    assert ledger.acknowledged > 20 * KILLS
    assert ledger.retransmitted > 0


async def test_the_standby_takes_over_from_a_frozen_owner(
    pair: Pair, database_url: str, tmp_path: Path
) -> None:
    async with under_load(pair, database_url, tmp_path) as (client, ledger):
        await asyncio.sleep(0.7)
        frozen = pair.engines[0].process
        assert frozen is not None
        frozen.send_signal(signal.SIGSTOP)
        await until_charging(client, pair.engines[1], 30)
        await asyncio.sleep(0.7)
        frozen.send_signal(signal.SIGCONT)
        status = await asyncio.to_thread(frozen.wait, 30)
        await asyncio.sleep(0.7)
    print(
        f"frozen, seed {SEED}: {ledger.acknowledged} requests acknowledged,"
        f" {ledger.retransmitted} retransmitted;"
        f" longest gap {longest_gap(ledger.acknowledged_at):.2f} s"
    )
    assert status == EXIT_FENCED, pair.engines[0].log
    assert ledger.retransmitted > 0
