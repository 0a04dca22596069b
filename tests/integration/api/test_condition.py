"""The condition of the installation, as whoever runs it is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from litestar import Litestar
from tests.integration.api.conftest import Api
from tests.integration.api.fake_engine import FakeEngine

from openmvno import access
from openmvno.charging import EngineRates, EngineReport
from openmvno.condition import WorkFigures, report_work
from openmvno.condition.store import RELEASE
from openmvno.database import Pool


def report(owner: int, shards: list[int], busy_ns: int = 0, **changes: Any) -> EngineReport:
    """What a healthy engine says."""
    figures = {
        "owner": owner,
        "origin_host": f"ocs{owner}",
        "version": RELEASE,
        "owned_shards": shards,
        "storage_available": True,
        "queue_age_ms": 1,
        "sessions": 10,
        "connections": 1,
        "clocks": {"database_ahead_ms": 0.4, "peers": []},
        "shard_loads": [
            {
                "shard": shard,
                "busy_ns": busy_ns,
                "queued": 0,
                "queue_limit": 100,
                "sessions": 5,
                "answers": 5,
                "memory_limit": 1000,
                "accounts": 7,
            }
            for shard in shards
        ],
        **changes,
    }
    return EngineReport(f"127.0.0.1:{owner}", figures)


async def system(api: Api) -> dict[str, Any]:
    response = await api.get("/v1/system")
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def bad(answer: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """(state, alert) of what is not well, by subject."""
    return {
        each["subject"]: (each["state"], each["alert"])
        for each in answer["findings"]
        if each["state"] != "ok"
    }


async def at_work(pool: Pool, **changes: Any) -> None:
    """A `work` process reports."""
    figures = {
        "embedded": True,
        "backup_folder": True,
        "last_backup_at": datetime.now(UTC).isoformat(),
        "archive_waiting": 0,
        "books_mismatches": 0,
        **changes,
    }
    async with pool.connection() as connection:
        await report_work(connection, datetime.now(UTC), WorkFigures(**figures))


@pytest.fixture
def clock(application: Litestar, engine: FakeEngine) -> list[float]:
    """The clock of rates, moved by hand."""
    now = [100.0]
    application.state.rates = EngineRates(engine, lambda: now[0])
    return now


async def test_what_is_well(api: Api, pool: Pool, engine: FakeEngine, clock: list[float]) -> None:
    await at_work(pool)
    engine.said = [report(1, [0, 1]), report(2, [2, 3])]
    await system(api)
    clock[0] += 2
    engine.said = [report(1, [0, 1], 10**9), report(2, [2, 3], 10**8)]
    answer = await system(api)
    # The archive of the tests' own PostgreSQL is not ours to judge.
    assert set(bad(answer)) <= {"archive"}
    assert [(each["shard"], each["utilisation"]) for each in answer["shards"]] == [
        (0, 0.5),
        (1, 0.5),
        (2, 0.05),
        (3, 0.05),
    ]
    assert answer["engines"][1]["shards"] == [2, 3]
    assert (answer["shards_without_owner"], answer["open_sessions"]) == ([], 20)
    assert answer["database"]["size_bytes"] > 1_000_000
    assert {each["process"] for each in answer["processes"]} == {"serve", "work"}
    assert all(each["advice"] == "" for each in answer["findings"] if each["state"] == "ok")


async def test_nobody_charges_and_nobody_works(
    api: Api, engine: FakeEngine, clock: list[float]
) -> None:
    engine.said = [EngineReport("127.0.0.1:1", None, "refused")]
    answer = await system(api)
    assert answer["state"] == "critical"
    found = bad(answer)
    assert found["engines"] == ("critical", "NobodyCharges")
    assert found["work"] == ("critical", "MaterialiserBehind")
    assert answer["shards_without_owner"] == [0, 1, 2, 3]
    assert answer["findings"][0]["state"] == "critical", "the worst come first"
    assert all(each["advice"] for each in answer["findings"] if each["state"] != "ok")


TROUBLES: list[tuple[dict[str, Any], str, tuple[str, str]]] = [
    ({"owned_shards": [0]}, "engines", ("critical", "ShardWithoutOwner")),
    ({"storage_available": False}, "storage", ("critical", "StorageAway")),
    ({"queue_age_ms": 501}, "answers", ("critical", "AnswersAreOld")),
    ({"connections": 0}, "gateways", ("critical", "NoGateway")),
    ({"clocks": {"database_ahead_ms": -1001.0}}, "clocks", ("critical", "ClockSkew")),
    ({"version": "0.0.1"}, "release", ("warning", "")),
]


async def test_each_trouble_of_an_engine_is_found(
    api: Api, pool: Pool, engine: FakeEngine, clock: list[float]
) -> None:
    await at_work(pool)
    for changes, subject, expected in TROUBLES:
        clock[0] += 2
        engine.said = [report(1, [0, 1, 2, 3], **changes)]
        assert bad(await system(api))[subject] == expected, subject
    full = report(1, [0, 1, 2, 3])
    assert full.figures is not None
    full.figures["shard_loads"][2] |= {"queued": 81, "sessions": 801, "busy_ns": 19 * 10**8}
    clock[0] += 20
    engine.said = [report(1, [0, 1, 2, 3])]
    await system(api)
    clock[0] += 2
    engine.said = [full]
    found = bad(await system(api))
    assert found["queues"] == ("critical", "ShardQueueFills")
    assert found["memory"] == ("critical", "ShardMemoryFills")
    assert found["utilisation"] == ("warning", "ShardSaturated")
    assert found["standby"] == ("warning", "NoStandby")


async def test_deliveries_of_every_tenant_and_what_work_sees(
    api: Api, pool: Pool, engine: FakeEngine, clock: list[float]
) -> None:
    engine.said = [report(1, [0, 1, 2, 3])]
    await at_work(pool, books_mismatches=2, archive_waiting=21, last_backup_at=None)
    target = {"url": "http://crm.invalid/", "secret": "s" * 32}
    put = await api.put("/v1/provisioning-targets/crm", target)
    assert put.status_code in (200, 201), put.text
    await api.sign_up()
    async with pool.connection() as connection:
        await connection.execute("UPDATE outbox SET created_at = now() - interval '11 minutes'")
    answer = await system(api)
    [queue] = answer["deliveries"]
    assert (queue["tenant"], queue["target"], queue["dead"]) == ("acme", "crm", 0)
    assert queue["waiting"] >= 1
    found = bad(answer)
    assert found["deliveries"] == ("warning", "")
    assert found["books"] == ("critical", "BooksDoNotBalance")
    assert found["backup"] == ("warning", "")
    async with pool.connection() as connection:
        await connection.execute("UPDATE outbox_delivery SET state = 'dead'")
        await connection.execute(
            "UPDATE process_report SET reported_at = now() - interval '61 seconds'"
        )
    found = bad(await system(api))
    assert found["dead letters"] == ("warning", "")
    assert "deliveries" not in found
    assert found["work"] == ("critical", "MaterialiserBehind")


async def test_an_old_backup_is_told(
    api: Api, pool: Pool, engine: FakeEngine, clock: list[float]
) -> None:
    engine.said = [report(1, [0, 1, 2, 3])]
    old = datetime.now(UTC) - timedelta(hours=27)
    await at_work(pool, last_backup_at=old.isoformat())
    answer = await system(api)
    assert bad(answer)["backup"] == ("warning", "")
    assert answer["database"]["last_backup_at"] == old.isoformat().replace("+00:00", "Z")
    await at_work(pool, embedded=False)
    assert "backup" not in bad(await system(api))


async def test_it_is_of_the_installation(api: Api) -> None:
    async with api.pool.connection() as connection:
        token = await access.create_token(connection, api.actor, "own", ["usage:read"])
    refused = await api.get("/v1/system", headers={"Authorization": f"Bearer {token}"})
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
