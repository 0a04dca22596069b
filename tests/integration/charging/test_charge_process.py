"""The charge process with the real core and a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr
from tests.support.engines import Engines
from tests.support.operator import Operator
from tests.support.roles import Role, until_charging

from openmvno.charging import EngineUnavailable, engines_at_work
from openmvno.gateways.grpc.engine_client import GrpcEngineClient
from openmvno.settings import Settings
from openmvno.supervisor.doctor import examine

EUR = 1_000_000
SMS = 50_000


def rows(conninfo: str, statement: str) -> list[Any]:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        return connection.execute(statement).fetchall()


async def test_commands_and_debits_survive_kill_and_restart(
    settings: Settings, database_url: str, tmp_path: Path
) -> None:
    operator = Operator(database_url, settings.shards)
    async with GrpcEngineClient.from_settings(settings) as client:
        with Role("charge", settings, tmp_path / "charge.log") as role:
            await until_charging(client, role)
            places = operator.create(lines=3)
            for place in places:
                outcome = await client.apply(*place)
                assert outcome.get("ok") is True, outcome
            (first,) = await client.submit([operator.debit("a", 0)])
            assert (first["charged"], first["balance"]) == (SMS, 10 * EUR - SMS)
            (again,) = await client.submit([operator.debit("a", 0)])
            assert again["charged"] == first["charged"]
            assert again["cdr"] == first["cdr"]
            role.kill()
            role.start()
            await until_charging(client, role)
            balance = await client.balance(operator.tenant, operator.accounts[0])
            assert balance is not None
            assert balance["balance"] == 10 * EUR - SMS
            (replayed,) = await client.submit([operator.debit("a", 0)])
            assert replayed["cdr"] == first["cdr"], "the same answer after the restart"
            top_up = operator.top_up(0, 5 * EUR)
            outcome = await client.apply(*top_up)
            assert outcome["balance"] == 15 * EUR - SMS
            assert role.stop() == 0
    owners = rows(database_url, "SELECT shard, count(DISTINCT owner) FROM journal GROUP BY 1")
    assert owners == [(shard, 2) for shard in range(settings.shards)], "one fence for each start"


async def test_a_second_engine_shares_and_takes_over(
    settings: Settings, free_port: Callable[[], int], database_url: str, tmp_path: Path
) -> None:
    operator = Operator(database_url, settings.shards)
    engines = Engines(settings, free_port, tmp_path, 2)
    first, second = engines.roles
    with first, second:
        await engines.balanced(0, 1)
        client = GrpcEngineClient([engines.addresses[1]])
        places = operator.create(lines=6)
        for place in places:
            assert (await client.apply(*place)).get("ok"), "whichever engine has the shard"
        debits = [operator.debit(f"a{line}", 0, line) for line in range(6)]
        outcomes = await client.submit(debits)
        assert [outcome["charged"] for outcome in outcomes] == [SMS] * 6
        for account in operator.accounts:
            live = await client.balance(operator.tenant, account)
            assert live is not None
            assert live["balance"] == 10 * EUR - SMS
        first.kill()
        await engines.balanced(1)
        again = await client.submit(debits)
        assert [outcome["cdr"] for outcome in again] == [outcome["cdr"] for outcome in outcomes]
        client.close()


async def test_engines_show_each_other_a_token(
    settings: Settings, free_port: Callable[[], int], database_url: str, tmp_path: Path
) -> None:
    token = "not-for-everybody-0123"
    guarded = settings.model_copy(update={"engine_token": SecretStr(token)})
    operator = Operator(database_url, settings.shards)
    engines = Engines(guarded, free_port, tmp_path, 2)
    first, second = engines.roles
    with first, second:
        shares = await engines.balanced(0, 1)
        assert [len(share) for share in shares] == [2, 2]
        async with GrpcEngineClient.from_settings(engines.settings) as client:
            for place in operator.create(lines=4):
                assert (await client.apply(*place)).get("ok")
            outcomes = await client.submit([operator.debit("a", 0, line) for line in range(4)])
            assert [outcome["charged"] for outcome in outcomes] == [SMS] * 4
        for shown in (None, "something-else-0123"):
            async with GrpcEngineClient([engines.addresses[0]], token=shown) as stranger:
                with pytest.raises(EngineUnavailable, match="OPENMVNO_ENGINE_TOKEN"):
                    await stranger.submit([operator.debit("b", 0)])
        assert token not in first.log + second.log


async def test_the_doctor_lists_engines_and_their_shards(
    settings: Settings, free_port: Callable[[], int], database_url: str, tmp_path: Path
) -> None:
    engines = Engines(settings, free_port, tmp_path, 2)
    first, second = engines.roles
    assert engines_at_work(database_url).engines == ()
    with first, second:
        shares = await engines.balanced(0, 1)
        overview = engines_at_work(database_url)
        seen = {engine.address: list(engine.shards) for engine in overview.engines}
        nodes = [f"{host}:{port}" for host, port in engines.addresses]
        assert seen == dict(zip(nodes, shares, strict=True))
        assert overview.without_owner == ()
        second.kill()
        first.kill()
        # The doctor is a command of its own: it has no event loop around it.
        found = await asyncio.to_thread(examine, settings)
        findings = {finding.subject: finding for finding in found}
        assert findings["engines"].detail == "none runs"


async def test_losing_the_key_stops_the_engine(
    settings: Settings, database_url: str, tmp_path: Path
) -> None:
    operator = Operator(database_url, settings.shards)
    async with GrpcEngineClient.from_settings(settings) as client:
        with Role("charge", settings, tmp_path / "charge.log") as role:
            await until_charging(client, role)
            for place in operator.create(lines=1):
                await client.apply(*place)
            with psycopg.connect(database_url) as connection:
                connection.execute(
                    "INSERT INTO journal (shard, seq, owner, payload)"
                    " SELECT shard, max(seq) + 1, 1, '' FROM journal GROUP BY shard"
                )
            with pytest.raises(Exception, match=r".*"):
                await client.submit([operator.debit("a", 0)])
            assert role.process is not None
            assert role.process.wait(10) == 76
            assert "stopping without another answer" in role.log


async def test_it_refuses_to_charge_without_fsync(
    settings: Settings, database_url: str, tmp_path: Path
) -> None:
    name = psycopg.conninfo.conninfo_to_dict(database_url)["dbname"]
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    role = Role("charge", settings, tmp_path / "charge.log")
    role.start()
    assert role.process is not None
    assert role.process.wait(20) == 1
    assert "synchronous_commit = off" in role.log
    assert "Traceback" not in role.log
