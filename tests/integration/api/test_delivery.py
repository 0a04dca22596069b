"""The outbox worker: in order per line, at least once, signed, dead letters replayable."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.integration.api.conftest import Api

from openmvno.provisioning.delivery import Worker
from openmvno.provisioning.rules import MOST_ATTEMPTS
from openmvno.provisioning.sealing import Sealer

SECRET = "0123456789abcdef"


@dataclass
class Target:
    """A recording target; ``broken`` makes it answer 500."""

    broken: bool = False
    secret: str = SECRET
    events: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.broken:
            return httpx.Response(500, text="out of order")
        parts = dict(
            part.split("=", 1) for part in request.headers["OpenMVNO-Signature"].split(",")
        )
        said = parts["t"].encode() + b"." + request.content
        assert parts["v1"] == hmac.new(self.secret.encode(), said, hashlib.sha256).hexdigest()
        body = json.loads(request.content)
        assert request.headers["OpenMVNO-Event-Id"] == body["event_id"]
        self.events.append(body)
        return httpx.Response(204)

    def seen(self) -> list[tuple[int, str]]:
        return [(event["sequence"], event["event"]) for event in self.events]


@pytest.fixture
def target() -> Target:
    return Target()


@pytest.fixture
def worker(api: Api, sealer: Sealer, target: Target) -> Worker:
    client = httpx.AsyncClient(transport=httpx.MockTransport(target))
    return Worker(api.pool, sealer, client)


async def due_now(api: Api) -> None:
    """Let every pending delivery be due."""
    async with api.pool.connection() as connection:
        await connection.execute(
            "UPDATE outbox_delivery SET next_attempt_at = now() WHERE state = 'pending'"
        )


async def blocked_line(api: Api) -> str:
    """A line with two events for the target ``hlr``."""
    body = {"url": "http://hlr.example.net/", "secret": SECRET}
    assert (await api.put("/v1/provisioning-targets/hlr", body)).status_code == 201
    line: str = (await api.sign_up())["line"]["id"]
    await api.patch(f"/v1/lines/{line}", {"status": "blocked"})
    return line


async def test_events_arrive_in_order_once_the_engine_has_them(
    api: Api, worker: Worker, target: Target
) -> None:
    await blocked_line(api)
    assert not await worker.round(), "nothing leaves before the engine has journaled it"
    await api.engine.materialise()
    assert await worker.round()
    assert target.seen() == [(1, "line.activated")]
    assert await worker.round()
    assert target.seen() == [(1, "line.activated"), (2, "line.blocked")]
    assert target.events[0]["msisdn"] == "385910000001"
    assert not await worker.round()
    delivered = (await api.get("/v1/deliveries?state=delivered")).json()["items"]
    assert len(delivered) == 2


async def test_a_new_secret_signs_what_is_delivered_next(
    api: Api, worker: Worker, target: Target
) -> None:
    await blocked_line(api)
    await api.engine.materialise()
    assert await worker.round()
    target.secret = "another secret of theirs"
    body = {"url": "http://hlr.example.net/", "secret": target.secret}
    assert (await api.put("/v1/provisioning-targets/hlr", body)).status_code == 200
    assert await worker.round()
    assert target.seen() == [(1, "line.activated"), (2, "line.blocked")]


async def test_a_failure_is_tried_again_and_holds_back_what_follows(
    api: Api, worker: Worker, target: Target
) -> None:
    await blocked_line(api)
    await api.engine.materialise()
    target.broken = True
    assert await worker.round()
    assert not await worker.round(), "it waits before it tries again"
    second, first = (await api.get("/v1/deliveries?state=pending")).json()["items"]
    assert (first["attempts"], first["last_error"]) == (1, "HTTP 500: out of order")
    assert second["attempts"] == 0
    target.broken = False
    await due_now(api)
    await worker.round()
    await worker.round()
    assert target.seen() == [(1, "line.activated"), (2, "line.blocked")]


async def test_dead_letters_are_visible_and_replayable(
    api: Api, worker: Worker, target: Target
) -> None:
    await blocked_line(api)
    await api.engine.materialise()
    target.broken = True
    for _ in range(MOST_ATTEMPTS):
        await due_now(api)
        assert await worker.round()
    [dead] = (await api.get("/v1/deliveries?state=dead")).json()["items"]
    assert (dead["sequence"], dead["attempts"]) == (1, MOST_ATTEMPTS)
    await due_now(api)
    assert not await worker.round(), "what follows waits"
    target.broken = False
    path = f"/v1/deliveries/hlr/{dead['event_id']}"
    assert (await api.get(path)).json() == dead
    unknown = await api.get(f"/v1/deliveries/crm/{dead['event_id']}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "delivery_not_found")
    assert (await api.get("/v1/deliveries?target=crm")).json()["items"] == []
    assert len((await api.get("/v1/deliveries?target=hlr")).json()["items"]) == 2
    [queue] = (await api.get("/v1/delivery-queues")).json()
    since = datetime.fromisoformat(queue.pop("oldest_at"))
    assert queue == {"target": "hlr", "pending": 1, "dead": 1}
    assert abs(since - datetime.fromisoformat(dead["occurred_at"])) < timedelta(seconds=60)
    replayed = await api.post(f"{path}/replay")
    assert (replayed.status_code, replayed.json()["state"]) == (200, "pending")
    twice = await api.post(f"{path}/discard")
    assert (twice.status_code, twice.json()["code"]) == (409, "delivery_not_dead")
    await worker.round()
    await worker.round()
    assert target.seen() == [(1, "line.activated"), (2, "line.blocked")]
    [queue] = (await api.get("/v1/delivery-queues")).json()
    assert queue == {"target": "hlr", "pending": 0, "dead": 0, "oldest_at": None}


async def test_a_discarded_letter_lets_the_next_go(
    api: Api, worker: Worker, target: Target
) -> None:
    await blocked_line(api)
    await api.engine.materialise()
    async with api.pool.connection() as connection:
        await connection.execute("UPDATE outbox_delivery SET state = 'dead' WHERE sequence = 1")
    [dead] = (await api.get("/v1/deliveries?state=dead")).json()["items"]
    await api.post(f"/v1/deliveries/hlr/{dead['event_id']}/discard")
    await worker.round()
    assert target.seen() == [(2, "line.blocked")]


async def test_what_the_engine_refused_is_not_told(
    api: Api, worker: Worker, target: Target
) -> None:
    body = {"url": "http://hlr.example.net/", "secret": SECRET}
    await api.put("/v1/provisioning-targets/hlr", body)
    api.engine.refuse["open_line"] = "identity_in_use"
    sign_up = {"product": "basic", "customer": {"name": "Ana"}}
    assert (await api.post("/v1/sign-ups", sign_up, key="k")).status_code == 409
    await api.engine.materialise()
    assert not await worker.round()
    assert target.events == []
    [cancelled] = (await api.get("/v1/deliveries?state=cancelled")).json()["items"]
    assert cancelled["last_error"] == "identity_in_use"


async def test_targets(api: Api) -> None:
    for body, code in (
        ({"url": "ftp://x/", "secret": SECRET}, "provisioning_target_url_invalid"),
        ({"url": "http://", "secret": SECRET}, "provisioning_target_url_invalid"),
        ({"url": "http://x/", "secret": "short"}, "provisioning_secret_too_short"),
    ):
        response = await api.put("/v1/provisioning-targets/hlr", body)
        assert (response.status_code, response.json()["code"]) == (422, code)
    good = {"url": "http://x/", "secret": SECRET}
    response = await api.put("/v1/provisioning-targets/HLR", good)
    assert response.json()["code"] == "provisioning_target_name_invalid"
    first = await api.put("/v1/provisioning-targets/hlr", good)
    stale = {"If-Match": '"7"'}
    response = await api.put("/v1/provisioning-targets/hlr", good, headers=stale)
    assert response.status_code == 412
    second = await api.put(
        "/v1/provisioning-targets/hlr", good, headers={"If-Match": first.headers["ETag"]}
    )
    assert second.status_code == 200
    assert SECRET not in second.text
    async with api.pool.connection() as connection:
        cursor = await connection.execute("SELECT sealed_secret FROM provisioning_target")
        [(sealed,)] = await cursor.fetchall()
    assert SECRET.encode() not in bytes(sealed)


async def test_a_secret_stays_where_it_was_meant_for(
    api: Api, worker: Worker, target: Target
) -> None:
    await blocked_line(api)
    await api.engine.materialise()
    path, body = "/v1/provisioning-targets/hlr", {"url": "http://hlr.example.net/"}
    assert (await api.put(path, {**body, "events": ["line."]})).status_code == 200
    assert await worker.round()
    assert target.seen() == [(1, "line.activated")], "signed with the secret there was"
    moved = await api.put(path, {"url": "http://elsewhere.example.net/"})
    assert (moved.status_code, moved.json()["code"]) == (422, "provisioning_secret_missing")
