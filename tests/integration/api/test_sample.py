"""The sample operator and its subscribers, made in bulk like any other."""

from __future__ import annotations

import stat
from pathlib import Path

import httpx
from tests.integration.api.fake_engine import FakeEngine

from openmvno.database import Pool
from openmvno.database.installation import ensure_installation
from openmvno.sample import add_subscribers, credentials, ensure_sample_operator, page_login
from openmvno.settings import Settings


async def rows(pool: Pool, table: str) -> int:
    async with pool.connection() as connection:
        cursor = await connection.execute(f"SELECT count(*) FROM {table}")
        row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def test_a_larger_number_adds_only_the_missing(
    pool: Pool,
    client: httpx.AsyncClient,
    engine: FakeEngine,
    settings: Settings,
    database_url: str,
    tmp_path: Path,
) -> None:
    ensure_installation(database_url, 4)
    settings = settings.model_copy(update={"data_dir": tmp_path})
    steps: list[tuple[int, int]] = []
    made, places = await add_subscribers(pool, settings, 50, lambda *step: steps.append(step))
    assert (made, steps[-1]) == (50, (50, 50))
    made, places = await add_subscribers(pool, settings, 120, lambda *step: steps.append(step))
    assert made == 70
    assert await rows(pool, "subscriber_line") == 120
    assert await rows(pool, "outbox") == 120
    assert await rows(pool, "identity_map") == 240
    assert await rows(pool, "engine_command") == 4 + 3 * 120
    for shard, seq in places:
        await engine.apply(shard, seq)
    assert set(engine.balances.values()) == {100_000_000}
    async with pool.connection() as connection:
        tenant, commands = await ensure_sample_operator(connection, settings)
    assert commands == []
    tokens = dict(credentials(settings))
    login = page_login(settings)
    assert login is not None
    assert login[:2] == ("sample", "admin")
    entrance = {"tenant": login[0], "login": login[1], "password": login[2]}
    assert (await client.post("/v1/sessions", json=entrance)).status_code == 201
    file = tmp_path / "sample-credentials.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    headers = {"Authorization": f"Bearer {tokens['everything']}"}
    found = await client.get("/v1/lines?msisdn=999000000119", headers=headers)
    [line] = found.json()["items"]
    assert (line["imsi"], line["status"]) == ("999700000000119", "active")
    assert tenant.code == "sample"
    add = await client.post(
        "/v1/sign-ups",
        headers={**headers, "Idempotency-Key": "k"},
        json={"product": "prepaid-basic", "customer": {"name": "Ana"}},
    )
    assert add.status_code == 201, add.text
    assert add.json()["line"]["msisdn"] == "385910000001"
