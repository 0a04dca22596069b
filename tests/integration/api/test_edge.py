"""What holds of every route: tokens, scopes, problems, ids, limits, OpenAPI, audit."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import httpx
import psycopg
import pytest
from tests.integration.api.conftest import Api, client_of
from tests.integration.api.fake_engine import FakeEngine

from openmvno import access
from openmvno.database import Pool, ReadingPool
from openmvno.provisioning.sealing import Sealer
from openmvno.rest import TENANT_SCOPES
from openmvno.web.application import create_application


async def test_tokens(bare_api: Api) -> None:
    for header, code in (
        ({}, "token_missing"),
        ({"Authorization": "Basic abc"}, "token_missing"),
        ({"Authorization": "Bearer omv_wrong"}, "token_invalid"),
    ):
        response = await bare_api.client.get("/v1/lines", headers=header)
        assert (response.status_code, response.json()["code"]) == (401, code)
        assert response.headers["WWW-Authenticate"] == "Bearer"
    async with bare_api.pool.connection() as connection:
        await connection.execute("UPDATE api_token SET revoked_at = now()")
    assert (await bare_api.get("/v1/lines")).json()["code"] == "token_invalid"


async def test_tokens_are_stored_as_hashes(bare_api: Api) -> None:
    async with bare_api.pool.connection() as connection:
        cursor = await connection.execute("SELECT api_token::text FROM api_token")
        rows = await cursor.fetchall()
    assert bare_api.token.startswith("omv_")
    assert all(bare_api.token not in row[0] for row in rows)


async def test_scopes(bare_api: Api) -> None:
    async with bare_api.pool.connection() as connection:
        bare_api.token = await access.create_token(
            connection, bare_api.actor, "ussd", ["balance:read"]
        )
        with pytest.raises(access.ScopeUnknown):
            await access.create_token(connection, bare_api.actor, "x", ["all:things"])
    response = await bare_api.get("/v1/lines")
    assert (response.status_code, response.json()["code"]) == (403, "scope_missing")
    assert response.json()["scope"] == "customers:read"
    assert (await bare_api.get("/v1/balance?msisdn=1")).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        ("GET", "/v1/peers", None),
        ("PUT", "/v1/peers/gw1.epc.example.net", {}),
        ("GET", "/v1/peer-connections", None),
        ("GET", "/v1/radius-clients", None),
        ("PUT", "/v1/radius-clients/hotspot", {"network": "192.0.2.0/24", "service": "data"}),
        ("DELETE", "/v1/radius-clients/hotspot", None),
    ],
)
async def test_a_tenants_token_does_not_reach_the_installation(
    bare_api: Api, method: str, path: str, content: dict[str, Any] | None
) -> None:
    async with bare_api.pool.connection() as connection:
        bare_api.token = await access.create_token(
            connection, bare_api.actor, "all of a tenant", list(TENANT_SCOPES)
        )
    refused = await bare_api.request(method, path, json=content)
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")


async def test_request_ids(bare_api: Api) -> None:
    given = await bare_api.get("/v1/lines", headers={"X-Request-Id": "mine-1"})
    assert given.headers["X-Request-Id"] == "mine-1"
    made = await bare_api.get("/v1/nowhere", headers={"X-Request-Id": "not good"})
    assert made.json()["request_id"] == made.headers["X-Request-Id"] != "not good"


async def test_problems_of_the_framework(bare_api: Api) -> None:
    response = await bare_api.get("/v1/nowhere")
    assert (response.status_code, response.json()["code"]) == (404, "route_not_found")
    assert response.headers["content-type"] == "application/problem+json"
    response = await bare_api.request("DELETE", "/v1/lines")
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
    response = await bare_api.get("/v1/lines/not-a-uuid")
    assert response.status_code in (400, 404)
    response = await bare_api.post("/v1/customers", {"name": "x" * (2 << 20)})
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")
    response = await bare_api.post("/v1/customers", {"name": "A"}, key="k" * 256)
    assert (response.status_code, response.json()["code"]) == (400, "idempotency_key_invalid")


async def test_the_database_away(
    bare_api: Api, tenant_pool: Pool, reading_pool: ReadingPool
) -> None:
    await tenant_pool.close()
    await reading_pool.close()
    response = await bare_api.get("/v1/lines")
    assert (response.status_code, response.json()["code"]) == (503, "database_unavailable")
    ready = await bare_api.client.get("/readyz")
    assert ready.status_code == 503


async def test_health(bare_api: Api) -> None:
    assert (await bare_api.client.get("/healthz")).json()["status"] == "ok"
    assert (await bare_api.client.get("/readyz")).status_code == 200
    bare_api.engine.available = False
    ready = await bare_api.client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["checks"]["database"] == "ok"
    assert ready.json()["checks"]["engine"] != "ok"


async def test_a_token_gone_wild_is_slowed_down(
    tenant_pool: Pool, reading_pool: ReadingPool, engine: FakeEngine, sealer: Sealer
) -> None:
    application = create_application(
        tenant_pool, reading_pool, engine, sealer, rate_limit=("minute", 3)
    )
    async with client_of(application) as client:
        headers = {"Authorization": "Bearer omv_x"}
        codes = [(await client.get("/v1/lines", headers=headers)).status_code for _ in range(4)]
        assert codes == [401, 401, 401, 429]
        limited = await client.get("/v1/lines", headers=headers)
        assert limited.json()["code"] == "rate_limited"
        assert int(limited.headers["Retry-After"]) > 0
        other = await client.get("/v1/lines", headers={"Authorization": "Bearer omv_y"})
        assert other.status_code == 401
        assert (await client.get("/healthz")).status_code == 200


async def test_changes_are_audited(api: Api) -> None:
    line = (await api.sign_up())["line"]
    path = f"/v1/lines/{line['id']}"
    await api.patch(path, {"status": "blocked"}, headers={"X-Request-Id": "req-7"})
    entries = (await api.get(f"/v1/audit?subject_type=line&subject_id={line['id']}")).json()
    blocked, opened = entries["items"]
    assert (opened["action"], blocked["action"]) == ("line.opened", "line.blocked")
    assert (blocked["actor"], blocked["request_id"]) == ("everything", "req-7")
    assert blocked["before"] == {"status": "active", "blocked_by": None}
    assert blocked["after"] == {"status": "blocked", "blocked_by": "staff"}
    assert blocked["token_id"] is not None
    everything = (await api.get("/v1/audit?limit=500")).json()["items"]
    assert {
        "token.created",
        "catalog.published",
        "numbers.added",
        "sims.imported",
        "customer.created",
        "account.opened",
        "account.topped_up",
        "line.opened",
    } <= {entry["action"] for entry in everything}


async def test_audit_entries_cannot_be_changed(bare_api: Api) -> None:
    for statement in ("UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_entry"):
        async with bare_api.pool.connection() as connection:
            with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
                await connection.execute(statement)
            await connection.rollback()


async def test_the_catalogue_of_errors_is_complete(client: httpx.AsyncClient) -> None:
    """The API alone knows every error there is in the code, each with its own code."""
    script = (
        "import importlib, json, pkgutil, openmvno, openmvno.web.application\n"
        "from openmvno.errors import all_errors\n"
        "known = [error.code for error in all_errors()]\n"
        "for found in pkgutil.walk_packages(openmvno.__path__, 'openmvno.'):\n"
        "    if found.name.endswith(('.errors', '.money', '.rules', '.service')):\n"
        "        importlib.import_module(found.name)\n"
        "print(json.dumps([known, [error.code for error in all_errors()]]))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    known, everything = json.loads(done.stdout)
    assert known == everything
    assert len(set(known)) == len(known)
    listed = (await client.get("/v1/errors")).json()
    assert [entry["code"] for entry in listed] == known
    for entry in listed:
        assert entry["title"], entry
        assert entry["description"].endswith("."), entry
        shown = await client.get(f"/v1/errors/{entry['code']}")
        assert shown.json() == entry
    unknown = await client.get("/v1/errors/none")
    assert unknown.status_code == 404
