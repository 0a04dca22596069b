"""Idempotency keys: on every POST, freed by refusals, forgotten after a week."""

from __future__ import annotations

from tests.integration.api.conftest import Api

from openmvno.rest.idempotency import forget_old_keys


async def test_a_refused_request_frees_its_key(bare_api: Api) -> None:
    refused = await bare_api.post("/v1/numbers", {"first": "12"}, key="n-1")
    assert refused.status_code == 422
    added = await bare_api.post("/v1/numbers", {"first": "385910000001"}, key="n-1")
    assert (added.status_code, added.json()) == (201, {"added": 1})
    again = await bare_api.post("/v1/numbers", {"first": "385910000001"}, key="n-1")
    assert (again.status_code, again.json()) == (201, {"added": 1})
    elsewhere = await bare_api.post("/v1/customers", {"name": "Ana"}, key="n-1")
    assert elsewhere.json()["code"] == "idempotency_key_reused"


async def test_old_keys_are_forgotten(bare_api: Api) -> None:
    await bare_api.post("/v1/customers", {"name": "Ana"}, key="old")
    await bare_api.post("/v1/customers", {"name": "Ivo"}, key="new")
    async with bare_api.pool.connection() as connection:
        await connection.execute(
            "UPDATE idempotency_key SET created_at = now() - interval '8 days' WHERE key = 'old'"
        )
        assert await forget_old_keys(connection) == 1
    assert await bare_api.count("idempotency_key") == 1
