"""kill -9 of every process between the two halves of a transfer: it arrives, once."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import httpx
import psycopg
from tests.support.roles import Role, until_charging, until_serving
from tests.support.system import System, catalog

from openmvno.gateways.grpc.engine_client import GrpcEngineClient
from openmvno.settings import Settings
from openmvno.story.business import BusinessApi
from openmvno.story.stage import Line
from openmvno.story.system import endpoints, tenant_token

AMOUNT, FEE = 10_000_000, 200_000
TERMS = {"least": "1.00", "most": "20.00", "fee": "0.20"}


class Database:
    """What the tests ask the tables."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)

    def one(self, query: str, *values: object) -> Any:
        row = self._connection.execute(query, values).fetchone()
        assert row is not None
        return row[0]

    async def until(self, query: str, *values: object) -> None:
        """Wait until a query is true."""
        async with asyncio.timeout(30):
            while not self.one(query, *values):
                await asyncio.sleep(0.02)


def lines_of_different_shards(system: System, database: Database) -> tuple[Line, Line]:
    """A line with 50.00, and one without anything whose account lies in another shard."""
    sender = system.line("50.00")
    shard = "SELECT shard FROM account WHERE account_id = %s"
    while True:
        recipient = system.line("0.00")
        if database.one(shard, recipient.account_id) != database.one(shard, sender.account_id):
            return sender, recipient


def send(settings: Settings, token: str, sender: Line, recipient: Line) -> int | None:
    """Send 10.00; the status, None where nobody answers."""
    try:
        answer = httpx.post(
            f"http://127.0.0.1:{settings.http_port}/v1/accounts/{sender.account_id}/transfers",
            json={"amount": "10.00", "currency": "EUR", "to": recipient.subscriber.msisdn},
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "the same"},
            timeout=60,
        )
    except httpx.TransportError:
        return None
    return answer.status_code


async def test_a_transfer_survives_every_process(
    settings: Settings, database_url: str, tmp_path: Path
) -> None:
    database = Database(database_url)
    with (
        Role("charge", settings, tmp_path / "charge.log") as charge,
        Role("work", settings, tmp_path / "work.log") as work,
        Role("serve", settings, tmp_path / "serve.log") as serve,
    ):
        async with GrpcEngineClient.from_settings(settings) as client:
            await until_charging(client, charge)
            token = await asyncio.to_thread(tenant_token, settings, "acme")
            api = BusinessApi(endpoints(settings, token).api_url, token)
            await until_serving(settings, serve)
            await asyncio.to_thread(api.post, "/v1/catalog/versions?publish=true", catalog())
            await asyncio.to_thread(api.put, "/v1/transfer-terms/EUR", TERMS)
            system = System(settings, api, token)
            sender, recipient = await asyncio.to_thread(lines_of_different_shards, system, database)
            # Nobody gets a number for a command to the recipient's shard: the second half waits.
            with psycopg.connect(database_url) as holder:
                holder.execute(
                    "SELECT FROM command_sequence WHERE shard ="
                    " (SELECT shard FROM account WHERE account_id = %s) FOR UPDATE",
                    (recipient.account_id,),
                )
                request = threading.Thread(target=send, args=(settings, token, sender, recipient))
                request.start()
                await database.until(
                    "SELECT EXISTS (SELECT FROM transfer JOIN engine_command AS command"
                    " ON command.shard = transfer.shard AND seq = command_seq"
                    " WHERE outcome IS NOT NULL)"
                )
                for role in (serve, work, charge):
                    role.kill()
                await asyncio.to_thread(request.join)
                assert database.one("SELECT state FROM transfer") == "debiting"
                wait_for_the_dead(database)
            charge.start()
            await until_charging(client, charge, 60)
            assert await live(client, database, sender) == 50_000_000 - AMOUNT - FEE
            assert await live(client, database, recipient) == 0
            work.start()
            await database.until("SELECT state = 'completed' FROM transfer")
            assert await live(client, database, sender) == 50_000_000 - AMOUNT - FEE
            assert await live(client, database, recipient) == AMOUNT
            serve.start()
            await until_serving(settings, serve)
            again = await asyncio.to_thread(send, settings, token, sender, recipient)
            assert again == 201
            assert database.one("SELECT count(*) FROM transfer") == 1
            assert await live(client, database, recipient) == AMOUNT
            api.close()


def wait_for_the_dead(database: Database) -> None:
    """The server notices that a session's client is gone when it next writes to it: end them, as
    they wait for a lock."""
    database.one(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name LIKE 'openmvno %%'"
    )


async def live(client: GrpcEngineClient, database: Database, line: Line) -> int:
    tenant = database.one("SELECT tenant_id FROM account WHERE account_id = %s", line.account_id)
    account = database.one("SELECT account_id FROM account WHERE account_id = %s", line.account_id)
    found = await client.balance(tenant, account)
    assert found is not None
    balance: int = found["balance"]
    return balance
