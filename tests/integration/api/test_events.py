"""What the engine noticed: listed from the newest on, told to other systems once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from tests.integration.api.conftest import Api, new_api

from openmvno.events import EngineEvent, record_events
from openmvno.identifiers import new_id
from openmvno.provisioning.delivery import Worker
from openmvno.provisioning.sealing import Sealer

WHEN = datetime(2026, 5, 1, 10, 0, tzinfo=UTC)


def event(api: Api, account: UUID, kind: str, line: UUID | None = None) -> EngineEvent:
    detail = {"bucket": "min100", "percent": 80}
    return EngineEvent(api.actor.tenant_id, new_id(), account, line, kind, detail, WHEN, 0, 7)


async def record(api: Api, *events: EngineEvent) -> None:
    async with api.pool.connection() as connection:
        await record_events(connection, events)


async def test_events_are_listed(bare_api: Api) -> None:
    account, other_account, line = uuid4(), uuid4(), uuid4()
    kinds = ["low_balance", "bucket_threshold", "cap_reached"]
    events = [event(bare_api, account, kind, line) for kind in kinds]
    # new_id() orders by millisecond only.
    events = [
        EngineEvent(
            each.tenant_id,
            UUID(int=each.event_id.int + (place << 84)),
            each.account_id,
            each.line_id,
            each.kind,
            each.detail,
            each.occurred_at + timedelta(seconds=place),
            each.shard,
            each.journal_seq,
        )
        for place, each in enumerate(events)
    ]
    await record(bare_api, *events, event(bare_api, other_account, "throttled"))
    path = f"/v1/events?account={account}&limit=2"
    first = (await bare_api.get(path)).json()
    second = (await bare_api.get(f"{path}&cursor={first['next_cursor']}")).json()
    items: list[dict[str, Any]] = [*first["items"], *second["items"]]
    assert [each["kind"] for each in items] == list(reversed(kinds))
    assert second["next_cursor"] is None
    assert items[-1] == {
        "id": str(events[0].event_id),
        "account_id": str(account),
        "line_id": str(line),
        "kind": "low_balance",
        "detail": {"bucket": "min100", "percent": 80},
        "occurred_at": "2026-05-01T10:00:00Z",
    }
    by_line = (await bare_api.get(f"/v1/events?line={line}&kind=cap_reached")).json()["items"]
    assert [each["kind"] for each in by_line] == ["cap_reached"]
    assert len((await bare_api.get("/v1/events")).json()["items"]) == 4
    other = await new_api(bare_api.pool, bare_api.client, bare_api.engine, "other")
    assert (await other.get(f"/v1/events?account={account}")).json()["items"] == []


async def test_each_event_reaches_the_targets_once_and_in_order(
    bare_api: Api, sealer: Sealer
) -> None:
    other = await new_api(bare_api.pool, bare_api.client, bare_api.engine, "other")
    target = {"url": "http://crm.example.net/", "secret": "0123456789abcdef"}
    assert (await bare_api.put("/v1/provisioning-targets/crm", target)).status_code == 201
    account, line = uuid4(), uuid4()
    first = event(bare_api, account, "bucket_threshold", line)
    second = event(bare_api, account, "low_balance")
    elsewhere = event(bare_api, uuid4(), "throttled")
    await record(bare_api, first, second, elsewhere, event(other, account, "limit_warning"))
    await record(bare_api, first, second)
    third = event(bare_api, account, "cap_reached")
    await record(bare_api, second, third)
    assert await bare_api.count("engine_event") == 4
    sent: list[dict[str, Any]] = []

    def receive(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        return httpx.Response(204)

    async with httpx.AsyncClient(transport=httpx.MockTransport(receive)) as client:
        worker = Worker(bare_api.pool, sealer, client)
        while await worker.round():
            pass
    mine = [body for body in sent if body["account"] == str(account)]
    assert [(body["sequence"], body["event"]) for body in mine] == [
        (1, "charging.bucket_threshold"),
        (2, "charging.low_balance"),
        (3, "charging.cap_reached"),
    ]
    assert len(sent) == 4, "the other tenant has no target"
    assert mine[0]["event_id"] == str(first.event_id)
    assert mine[0]["line"] == str(line)
    assert mine[0]["detail"] == {"bucket": "min100", "percent": 80}
    assert datetime.fromisoformat(mine[0]["occurred_at"]) == WHEN
