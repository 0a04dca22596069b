"""kill -9 of every process between the steps of a change of payer: the line comes to one place,
whole, with what it had."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
from tests.crash.test_transfer_killed import (
    Database,
    lines_of_different_shards,
    wait_for_the_dead,
)
from tests.support.roles import Role, until_charging, until_serving
from tests.support.system import System, catalog

from openmvno.gateways.grpc.engine_client import GrpcEngineClient
from openmvno.settings import Settings
from openmvno.story.business import BusinessApi
from openmvno.story.stage import Line
from openmvno.story.system import endpoints, tenant_token
from openmvno.story.tariff import CALLED

QUOTA = {
    "code": "week",
    "unit": "second",
    "amount": 6_000,
    "pays": [{"service": "voice"}],
    "valid_days": 7,
}


def with_quota() -> dict[str, Any]:
    """The prices of the tests, and seconds that belong to each line."""
    document = catalog()
    document["buckets"] = [QUOTA]
    document["products"][0]["buckets"] = [QUOTA["code"]]
    return document


@dataclass
class Stand:
    """What runs, and what it is asked."""

    settings: Settings
    database: Database
    client: GrpcEngineClient
    token: str
    charge: Role
    work: Role
    line: Line
    other: Line

    @property
    def tenant(self) -> UUID:
        """Of both lines."""
        found: UUID = self.database.one("SELECT tenant_id FROM account LIMIT 1")
        return found

    def change(self) -> httpx.Response:
        """The line is to go to the other one's account."""
        return httpx.post(
            f"http://127.0.0.1:{self.settings.http_port}"
            f"/v1/lines/{self.line.line_id}/payer-changes",
            json={"account_id": self.other.account_id},
            headers={"Authorization": f"Bearer {self.token}", "Idempotency-Key": "the same"},
            timeout=60,
        )

    @contextmanager
    def held(self, payer: Line) -> Iterator[None]:
        """Nobody gets a number for a command to this payer's shard."""
        assert self.settings.database_url is not None
        with psycopg.connect(self.settings.database_url.get_secret_value()) as holder:
            holder.execute(
                "SELECT FROM command_sequence WHERE shard ="
                " (SELECT shard FROM account WHERE account_id = %s) FOR UPDATE",
                (payer.account_id,),
            )
            yield

    async def until_done(self, state: str) -> None:
        """Wait until the engine has done what leads to ``state``, and the table knows."""
        await self.database.until(
            "SELECT EXISTS (SELECT FROM payer_change JOIN engine_command AS command"
            " ON command.shard = payer_change.shard AND seq = command_seq"
            " WHERE state = %s AND outcome IS NOT NULL)",
            state,
        )

    async def restart(self) -> None:
        """kill -9 of engine and worker, and new ones."""
        for role in (self.work, self.charge):
            role.kill()
        wait_for_the_dead(self.database)
        self.charge.start()
        await until_charging(self.client, self.charge, 60)
        self.work.start()

    async def quotas(self) -> tuple[list[int], list[int]]:
        """What is left of the line's own seconds with the old payer and with the new one."""
        found = []
        for payer in (self.line, self.other):
            account = await self.client.balance(self.tenant, UUID(payer.account_id))
            assert account is not None
            own = [each for each in account["buckets"] if each["line"] == self.line.line_id]
            found.append([each["initial"] - each["used"] for each in own])
        return found[0], found[1]


async def test_a_change_of_payer_survives_every_process(
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
            await asyncio.to_thread(api.post, "/v1/catalog/versions?publish=true", with_quota())
            system = System(settings, api, token)
            pair = await asyncio.to_thread(lines_of_different_shards, system, database)
            stand = Stand(settings, database, client, token, charge, work, *pair)
            call = {
                "type": "reserve",
                "session": "a call",
                "msisdn": stand.line.subscriber.msisdn,
                "service": "voice",
                "destination": CALLED,
                "requested": 60,
            }
            [opened] = await client.submit([call])
            assert opened["result_code"] == 2001, opened
            asked = await asyncio.to_thread(stand.change)
            assert (asked.status_code, asked.json()["status"]) == (202, "freezing")
            serve.kill()
            with stand.held(stand.line):
                await stand.restart()
                # Frozen, and not taken out yet.
                assert database.one("SELECT state FROM payer_change") == "freezing"
                assert await stand.quotas() == ([6_000], [])
                to_new = ExitStack()
                to_new.enter_context(stand.held(stand.other))
            await stand.until_done("exporting")
            await stand.restart()
            # Taken out of the one, and not yet in the other.
            assert database.one("SELECT state FROM payer_change") == "exporting"
            assert await stand.quotas() == ([], [])
            with stand.held(stand.line):
                to_new.close()
                await stand.until_done("importing")
                await stand.restart()
                # In the other; the one still answers for its number.
                assert database.one("SELECT state FROM payer_change") == "importing"
                assert await stand.quotas() == ([], [6_000])
            await database.until("SELECT state = 'completed' FROM payer_change")
            assert await stand.quotas() == ([], [6_000])
            serve.start()
            await until_serving(settings, serve)
            again = await asyncio.to_thread(stand.change)
            assert (again.status_code, again.json()["status"]) == (201, "completed")
            shown = await asyncio.to_thread(api.get, f"/v1/lines/{stand.line.line_id}")
            assert shown["account_id"] == stand.other.account_id
            api.close()
