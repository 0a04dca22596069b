"""The PostgreSQL primary dies under load and another one takes over: no charge is lost."""

from __future__ import annotations

import asyncio
import time

import pytest
from tests.ha.cluster import Cluster
from tests.ha.packages import find_programs
from tests.ha.stage import Stage

from openmvno.database.account import server_account
from openmvno.database.embedded import temporary_data_folder

PROGRAMS, MISSING = find_programs()


@pytest.mark.skipif(PROGRAMS is None, reason=MISSING)
async def test_no_acknowledged_charge_is_lost_with_the_primary() -> None:
    assert PROGRAMS is not None
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - began:6.1f} s  {line}")

    with (
        temporary_data_folder() as folder,
        Cluster(folder, server_account(folder / "etcd"), PROGRAMS) as cluster,
    ):
        say("a primary")
        stage = Stage(cluster, folder, say)
        stage.migrate()
        await asyncio.to_thread(cluster.wait_for_standby)
        say("and its standby")
        try:
            async with stage.under_load(shop=False):
                await stage.kill_primary()
        except BaseException:
            print(stage.fleet.logs())
            raise
        say(f"the money is right; ended and started again: {stage.fleet.ended}")
        for seen in stage.felt():
            print(seen)
            assert seen.retransmitted > 0
            assert seen.refused > 0
        assert stage.ledger.acknowledged > 1000
    say("stopped")
