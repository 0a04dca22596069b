"""kill -9 of `work` in the middle of a job, again and again: every row is worked, none twice."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import psycopg
from tests.support.roles import Role, until_charging, until_serving
from tests.support.system import System, catalog

from openmvno.gateways.grpc.engine_client import GrpcEngineClient
from openmvno.settings import Settings
from openmvno.story.business import BusinessApi
from openmvno.story.stage import Line
from openmvno.story.system import endpoints, tenant_token

ROWS = 400
KILLS = 3


def row(line: Line) -> dict[str, Any]:
    return {"account_id": line.account_id, "amount": "0.01", "currency": "EUR"}


async def test_a_job_survives_the_death_of_work(
    settings: Settings, database_url: str, tmp_path: Path
) -> None:
    with (
        Role("charge", settings, tmp_path / "charge.log") as charge,
        Role("work", settings, tmp_path / "work.log") as work,
        Role("serve", settings, tmp_path / "serve.log") as serve,
        psycopg.connect(database_url, autocommit=True) as database,
    ):
        async with GrpcEngineClient.from_settings(settings) as client:
            await until_charging(client, charge)
        token = await asyncio.to_thread(tenant_token, settings, "acme")
        api = BusinessApi(endpoints(settings, token).api_url, token)
        await until_serving(settings, serve)
        system = System(settings, api, token)
        line = await asyncio.to_thread(prepared_line, api, system)
        wrong = {**row(line), "currency": "USD"}
        job = await asyncio.to_thread(api.post, "/v1/bulk/top-ups", [*[row(line)] * ROWS, wrong])
        for kill in range(1, KILLS + 1):
            await until_worked(database, kill * ROWS // (KILLS + 1))
            work.kill()
            begun = count(database, "SELECT count(*) FROM bulk_job_row WHERE state = 'waiting'")
            assert begun > 0, "killed when it was over"
            work.start()
        done = await asyncio.to_thread(until_finished, api, job["id"])
        assert (done["state"], done["done"], done["failed"]) == ("done", ROWS, 1)
        [rejected] = api.get(f"/v1/jobs/{job['id']}/rejections")["items"]
        assert (rejected["number"], rejected["code"]) == (ROWS + 1, "currency_mismatch")
        assert system.money(line) == ("14.00", "0.00")
        assert count(database, "SELECT count(*) FROM top_up") == ROWS + 1
        api.close()


def prepared_line(api: BusinessApi, system: System) -> Line:
    """A line with 10.00."""
    api.post("/v1/catalog/versions?publish=true", catalog())
    return system.line("10.00")


def count(database: psycopg.Connection[Any], query: str) -> int:
    found = database.execute(query).fetchone()
    assert found is not None
    return int(found[0])


async def until_worked(database: psycopg.Connection[Any], rows: int) -> None:
    worked = "SELECT count(*) FROM bulk_job_row WHERE state <> 'waiting'"
    async with asyncio.timeout(60):
        while count(database, worked) < rows:
            await asyncio.sleep(0.01)


def until_finished(api: BusinessApi, job: str) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    shown: dict[str, Any] = {}
    while time.monotonic() < deadline:
        shown = api.get(f"/v1/jobs/{job}")
        if shown["finished_at"] is not None:
            return shown
        time.sleep(0.1)
    raise AssertionError(f"the job is not finished: {shown}")
