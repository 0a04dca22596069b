"""What the engine noticed: listed from the newest on, told to other systems once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
from psycopg.types.json import Jsonb
from tests.integration.api.conftest import Api, new_api

from openmvno.events import record_events
from openmvno.identifiers import new_id
from openmvno.provisioning.delivery import Worker
from openmvno.provisioning.sealing import Sealer

WHEN = datetime(2026, 5, 1, 10, 0, tzinfo=UTC)
DETAIL = {"threshold": 80, "value": 4800, "bucket": {"id": 1, "code": "min100"}}


@dataclass(frozen=True)
class Event:
    """A row of engine_event as the core writes it."""

    tenant: UUID
    account: UUID
    kind: str
    line: UUID | None = None
    event_id: UUID = field(default_factory=new_id)


async def record(api: Api, *events: Event) -> None:
    async with api.pool.connection() as connection:
        rows = (
            "SELECT t.tenant, t.id, t.account, t.line, t.kind, %(detail)s::jsonb, %(when)s,"
            " %(when)s, 0, 7::int8 FROM unnest(%(tenants)s::uuid[], %(ids)s::uuid[],"
            " %(accounts)s::uuid[], %(lines)s::uuid[], %(kinds)s::text[])"
            " AS t (tenant, id, account, line, kind)"
        )
        values = {
            "detail": Jsonb(DETAIL),
            "when": WHEN,
            "tenants": [event.tenant for event in events],
            "ids": [event.event_id for event in events],
            "accounts": [event.account for event in events],
            "lines": [event.line for event in events],
            "kinds": [event.kind for event in events],
        }
        stream = b""
        async with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY ({rows}) TO STDOUT (FORMAT binary)", values) as copy,
        ):
            async for block in copy:
                stream += block
        await record_events(connection, stream)


async def test_events_are_listed(bare_api: Api) -> None:
    account, other_account, line = uuid4(), uuid4(), uuid4()
    kinds = ["low_balance", "bucket_threshold", "cap_reached"]
    # new_id() orders by millisecond only.
    first = new_id().int
    events = [
        Event(bare_api.actor.tenant_id, account, kind, line, UUID(int=first + (place << 84)))
        for place, kind in enumerate(kinds)
    ]
    await record(bare_api, *events, Event(bare_api.actor.tenant_id, other_account, "low_balance"))
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
        "detail": DETAIL,
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
    mine, its = bare_api.actor.tenant_id, other.actor.tenant_id
    first = Event(mine, account, "bucket_threshold", line)
    second = Event(mine, account, "low_balance")
    elsewhere = Event(mine, uuid4(), "cap_reached")
    await record(bare_api, first, second, elsewhere, Event(its, account, "limit_warning"))
    await record(bare_api, Event(mine, account, "cap_reached"))
    assert await bare_api.count("engine_event") == 4
    sent: list[dict[str, Any]] = []

    def receive(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        return httpx.Response(204)

    async with httpx.AsyncClient(transport=httpx.MockTransport(receive)) as client:
        worker = Worker(bare_api.pool, sealer, client)
        while await worker.round():
            pass
    told = [body for body in sent if body["account"] == str(account)]
    assert [(body["sequence"], body["event"]) for body in told] == [
        (1, "charging.bucket_threshold"),
        (2, "charging.low_balance"),
        (3, "charging.cap_reached"),
    ]
    assert len(sent) == 4, "the other tenant has no target"
    assert told[0]["event_id"] == str(first.event_id)
    assert told[0]["line"] == str(line)
    assert told[0]["detail"] == DETAIL
    assert datetime.fromisoformat(told[0]["occurred_at"]) == WHEN
