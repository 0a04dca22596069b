"""Targets told by a template: which event makes which request, and what an answer means."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from tests.integration.api.conftest import Api
from tests.integration.api.test_osmo_hlr import KI, OPC, deliver, give_keys

from openmvno import access, sims
from openmvno.provisioning.delivery import Worker
from openmvno.provisioning.sealing import Sealer
from openmvno.rest import TENANT_SCOPES

TEMPLATE: dict[str, Any] = {
    "headers": {"Authorization": "Bearer {secret}"},
    "values": {"plan": {"from": "product", "values": {"basic": "PRE-1"}, "default": "PRE-0"}},
    "requests": [
        {
            "on": ["line.activated", "line.blocked", "line.resynchronised"],
            "method": "PUT",
            "path": "/subscribers/{imsi}",
            "body": {
                "number": "+{msisdn}",
                "plan": "{plan}",
                "service": "{in_service}",
                "tags": ["{event}", "{sequence}"],
            },
            "give_up": [422],
            "expect": {"result.code": 0},
        },
        {
            "on": ["line.closed"],
            "method": "DELETE",
            "path": "/subscribers/{imsi}",
            "already": [404],
        },
    ],
}
SECRET = "a secret of the carrier"


@dataclass
class Carrier:
    """Writes down what it is asked, and answers as it is told to."""

    requests: list[tuple[str, str, Any]] = field(default_factory=list)
    answers: list[httpx.Response] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["Authorization"] == f"Bearer {SECRET}"
        body = json.loads(request.content) if request.content else None
        self.requests.append((request.method, str(request.url), body))
        if self.answers:
            return self.answers.pop(0)
        return httpx.Response(200, json={"result": {"code": 0}})


@pytest.fixture
def carrier() -> Carrier:
    return Carrier()


async def put_target(api: Api, template: Any, **others: Any) -> httpx.Response:
    body = {"kind": "http", "url": "http://carrier.example/api/", "secret": SECRET}
    return await api.put(
        "/v1/provisioning-targets/carrier", {**body, "template": template, **others}
    )


@pytest.fixture
async def worker(api: Api, sealer: Sealer, carrier: Carrier) -> AsyncIterator[Worker]:
    assert (await put_target(api, TEMPLATE)).status_code == 201
    async with httpx.AsyncClient(transport=httpx.MockTransport(carrier)) as client:
        yield Worker(api.pool, sealer, client)


async def test_events_become_requests(api: Api, worker: Worker, carrier: Carrier) -> None:
    line = (await api.sign_up())["line"]
    path = f"/v1/lines/{line['id']}"
    for status in ("blocked", "active", "suspended", "closed"):
        await api.patch(path, {"status": status})
    await deliver(api, worker)
    address = f"http://carrier.example/api/subscribers/{line['imsi']}"
    number = f"+{line['msisdn']}"

    def put(event: str, sequence: int, *, service: bool) -> tuple[str, str, Any]:
        tags = [event, sequence]
        return (
            "PUT",
            address,
            {
                "number": number,
                "plan": "PRE-1",
                "service": service,
                "tags": tags,
            },
        )

    assert carrier.requests == [
        put("line.activated", 1, service=True),
        put("line.blocked", 2, service=False),
        put("line.activated", 3, service=True),
        ("DELETE", address, None),
    ], "a suspension says nothing to this carrier"
    delivered = (await api.get("/v1/deliveries?state=delivered")).json()["items"]
    assert len(delivered) == 5


async def test_answers_mean_what_the_template_says(
    api: Api, worker: Worker, carrier: Carrier
) -> None:
    await api.sign_up()
    carrier.answers += [
        httpx.Response(503, text="busy"),
        httpx.Response(200, json={"result": {"code": 17}}),
        httpx.Response(200, text="<html>"),
    ]
    errors = []
    for _ in range(3):
        await deliver(api, worker)
        [pending] = (await api.get("/v1/deliveries")).json()["items"]
        errors.append(pending["last_error"])
    assert errors[0] == "HTTP 503: busy"
    assert errors[1].startswith("the answer's result.code is 17, not 0")
    assert errors[2].startswith("the answer is not JSON")
    carrier.answers.append(httpx.Response(422, text="no such plan"))
    await deliver(api, worker)
    [dead] = (await api.get("/v1/deliveries?state=dead")).json()["items"]
    assert (dead["attempts"], dead["last_error"]) == (4, "HTTP 422: no such plan")


async def test_a_repeated_deletion_is_done_already(
    api: Api, worker: Worker, carrier: Carrier
) -> None:
    line = (await api.sign_up())["line"]
    await deliver(api, worker)
    await api.patch(f"/v1/lines/{line['id']}", {"status": "closed"})
    carrier.answers.append(httpx.Response(404))
    await deliver(api, worker)
    assert len((await api.get("/v1/deliveries?state=delivered")).json()["items"]) == 2


async def test_keys_are_for_templates_of_the_entitled(
    api: Api, worker: Worker, carrier: Carrier, sealer: Sealer
) -> None:
    template = {
        "headers": {"Authorization": "Bearer {secret}"},
        "requests": [
            {
                "on": ["line.activated"],
                "method": "POST",
                "path": "auc",
                "body": {"k": "{ki}", "opc": "{opc}"},
            }
        ],
    }
    async with api.pool.connection() as connection:
        token = await access.create_token(connection, api.actor, "t", list(TENANT_SCOPES))
    full, api.token = api.token, token
    refused = await put_target(api, template)
    assert (refused.status_code, refused.json()["code"]) == (403, "register_scope_missing")
    api.token = full
    assert (await put_target(api, template)).status_code == 200
    card = (await api.get("/v1/sims?limit=1")).json()["items"][0]
    await give_keys(api, sealer, card["iccid"], sims.Keys("milenage", KI, OPC))
    await api.sign_up(iccid=card["iccid"])
    await deliver(api, worker)
    assert carrier.requests[-1][2] == {"k": KI, "opc": OPC}
    assert KI not in (await api.get("/v1/deliveries")).text


async def test_a_template_that_is_none_is_refused_with_the_place(api: Api) -> None:
    for template, field_ in (
        (None, "template"),
        ({"requests": []}, "template.requests"),
        ({"requests": [{"on": ["line.closed"], "method": "MOVE", "path": "/"}]}, None),
        ({"requests": [{"on": ["line.closed"], "method": "PUT"}]}, "template.requests[0].path"),
    ):
        response = await put_target(api, template)
        assert (response.status_code, response.json()["code"]) == (
            422,
            "provisioning_template_invalid",
        )
        if field_ is not None:
            assert response.json()["field"] == field_
    response = await put_target(api, TEMPLATE, kind="webhook")
    assert response.json()["code"] == "provisioning_template_invalid"
