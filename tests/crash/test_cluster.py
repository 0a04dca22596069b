"""Engines share the shards under load, die, freeze, join, leave: nothing lost, nothing twice."""

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
from tests.support.engines import Engines
from tests.support.operator import Operator
from tests.support.roles import Role

from openmvno.charging.process import EXIT_FENCED, EXIT_OK
from openmvno.gateways.grpc.engine_client import GrpcEngineClient
from openmvno.settings import Settings

LINES = 40
BALANCE = 8_000_000
SEED = int(os.environ.get("OPENMVNO_SEED", "1"))
KILLS = int(os.environ.get("OPENMVNO_KILLS", "6"))

MakeEngines = Callable[[int], Engines]


def longest_gap(times: list[float]) -> float:
    """Seconds between two acknowledgements, at most."""
    ordered = sorted(times)
    return max(later - earlier for earlier, later in itertools.pairwise(ordered))


def story(name: str, ledger: Ledger, since: int = 0) -> str:
    """What the gateways saw, for whoever reads the test's output."""
    return (
        f"{name}, seed {SEED}: {ledger.acknowledged} requests acknowledged,"
        f" {ledger.retransmitted} retransmitted ({ledger.unanswered} unanswered), {ledger.repeated}"
        f" repeated, refusals"
        f" {dict(ledger.refusals)}; longest gap {longest_gap(ledger.acknowledged_at[since:]):.2f} s"
    )


@pytest.fixture
def make_engines(
    settings: Settings, free_port: Callable[[], int], tmp_path: Path
) -> Iterator[MakeEngines]:
    made: list[Engines] = []

    def make(count: int) -> Engines:
        made.append(Engines(settings, free_port, tmp_path, count))
        return made[-1]

    yield make
    for engines in made:
        engines.stop()


@asynccontextmanager
async def under_load(
    engines: Engines, started: int, database_url: str, folder: Path
) -> AsyncIterator[Ledger]:
    """Load inside on the doors of the engines that are started; at the end the books are compared
    with what was acknowledged."""
    operator = Operator(database_url, engines.settings.shards, catalog=CATALOG)
    msisdns = [operator.msisdn(number) for number in range(LINES)]
    async with GrpcEngineClient.from_settings(engines.settings) as client:
        for role in engines.roles[:started]:
            role.start()
        await engines.balanced(*range(started))
        with Role("work", engines.settings, folder / "work.log"):
            for place in operator.create(LINES, BALANCE):
                assert (await client.apply(*place)).get("ok")
            gateways = Gateways(engines.ports, msisdns, SEED)
            async with gateways.running():
                yield gateways.ledger
            await audit(Books(database_url), operator, gateways.ledger, client, BALANCE)


async def test_the_other_takes_over_from_a_killed_engine(
    make_engines: MakeEngines, database_url: str, tmp_path: Path
) -> None:
    engines = make_engines(2)
    async with under_load(engines, 2, database_url, tmp_path) as ledger:
        for kill in range(KILLS):
            killed, other = kill % 2, 1 - kill % 2
            await asyncio.sleep(0.7)
            engines.roles[killed].kill()
            assert await engines.balanced(other) == [[0, 1, 2, 3]]
            await asyncio.sleep(0.3)
            engines.roles[killed].start()
            await engines.balanced(0, 1)
    print(story(f"{KILLS} kills", ledger))
    assert ledger.acknowledged > 20 * KILLS
    assert ledger.retransmitted > 0
    assert longest_gap(ledger.acknowledged_at) < 2


async def test_the_other_takes_over_from_a_frozen_engine(
    make_engines: MakeEngines, database_url: str, tmp_path: Path
) -> None:
    engines = make_engines(2)
    async with under_load(engines, 2, database_url, tmp_path) as ledger:
        await asyncio.sleep(0.7)
        frozen = engines.roles[0].process
        assert frozen is not None
        frozen.send_signal(signal.SIGSTOP)
        assert await engines.balanced(1) == [[0, 1, 2, 3]]
        await asyncio.sleep(0.7)
        frozen.send_signal(signal.SIGCONT)
        status = await asyncio.to_thread(frozen.wait, 30)
        await asyncio.sleep(0.7)
    print(story("frozen", ledger))
    assert status == EXIT_FENCED, engines.roles[0].log
    assert ledger.retransmitted > 0


async def test_an_update_in_turn_refuses_nothing(
    make_engines: MakeEngines, database_url: str, tmp_path: Path
) -> None:
    engines = make_engines(2)
    async with under_load(engines, 2, database_url, tmp_path) as ledger:
        for _, leaving in itertools.product(range(2), (0, 1)):
            await asyncio.sleep(0.7)
            status = await asyncio.to_thread(engines.roles[leaving].stop)
            assert status == EXIT_OK, engines.roles[leaving].log
            assert await engines.balanced(1 - leaving) == [[0, 1, 2, 3]]
            await asyncio.sleep(0.3)
            engines.roles[leaving].start()
            await engines.balanced(0, 1)
    print(story("4 updates", ledger))
    assert ledger.refusals == {}
    assert ledger.unanswered == 0


async def test_engines_join_and_leave_with_balanced_shards(
    make_engines: MakeEngines, database_url: str, tmp_path: Path
) -> None:
    engines = make_engines(3)
    async with under_load(engines, 1, database_url, tmp_path) as ledger:
        for joining, present in ((1, (0, 1)), (2, (0, 1, 2))):
            await asyncio.sleep(0.7)
            engines.roles[joining].start()
            await engines.balanced(*present)
        await asyncio.sleep(0.7)
        planned = len(ledger.acknowledged_at)
        assert await asyncio.to_thread(engines.roles[0].stop) == EXIT_OK, engines.roles[0].log
        await engines.balanced(1, 2)
        await asyncio.sleep(0.7)
        assert ledger.unanswered == 0
        print(story("joined twice, left once", ledger))
        killed = len(ledger.acknowledged_at) - 1
        engines.roles[2].kill()
        assert await engines.balanced(1) == [[0, 1, 2, 3]]
        await asyncio.sleep(0.7)
    print(story("then killed", ledger, killed))
    assert 0 < planned < killed
    assert longest_gap(ledger.acknowledged_at[killed:]) < 2
