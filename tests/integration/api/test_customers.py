"""Customers: created, changed, found, kept apart by tenant."""

from __future__ import annotations

from tests.integration.api.conftest import Api, new_api


async def test_create_and_change(bare_api: Api) -> None:
    body = {"name": "Ana", "external_id": "crm-1", "email": "ana@example.net"}
    created = await bare_api.post("/v1/customers", body)
    assert created.status_code == 201
    path = created.headers["Location"]
    changed = await bare_api.patch(
        path, {"name": "Ana Horvat", "email": None}, headers={"If-Match": created.headers["ETag"]}
    )
    assert changed.status_code == 200
    assert (changed.json()["name"], changed.json()["email"]) == ("Ana Horvat", None)
    assert changed.json()["external_id"] == "crm-1"
    stale = await bare_api.patch(
        path, {"name": "Eve"}, headers={"If-Match": created.headers["ETag"]}
    )
    assert (stale.status_code, stale.json()["code"]) == (412, "version_mismatch")
    found = (await bare_api.get("/v1/customers?external_id=crm-1")).json()["items"]
    assert [customer["name"] for customer in found] == ["Ana Horvat"]


async def test_external_ids_are_unique(bare_api: Api) -> None:
    await bare_api.post("/v1/customers", {"name": "Ana", "external_id": "crm-1"})
    twice = await bare_api.post("/v1/customers", {"name": "Eve", "external_id": "crm-1"})
    assert (twice.status_code, twice.json()["code"]) == (409, "external_id_taken")
    other = await bare_api.post("/v1/customers", {"name": "Eve"})
    taken = await bare_api.patch(other.headers["Location"], {"external_id": "crm-1"})
    assert (taken.status_code, taken.json()["code"]) == (409, "external_id_taken")


async def test_bad_bodies_name_the_field(bare_api: Api) -> None:
    for body, field in (
        ({"name": ""}, "name"),
        ({"name": "Ana", "email": "nowhere"}, "email"),
        ({"name": "Ana", "kind": "robot"}, "kind"),
        ({"name": 5}, "name"),
        ({"nickname": "Ana", "name": "A"}, "nickname"),
        ({}, "name"),
    ):
        response = await bare_api.post("/v1/customers", body)
        problem = response.json()
        assert (response.status_code, problem["code"]) == (400, "request_malformed"), body
        assert problem.get("field") == field, (body, problem)
    unstorable = await bare_api.post("/v1/customers", {"name": "a\0b"})
    assert (unstorable.status_code, unstorable.json()["code"]) == (422, "text_not_storable")
    for content in (b"{", b"[1]", b"\xff"):
        response = await bare_api.post(
            "/v1/customers", content=content, headers={"Content-Type": "application/json"}
        )
        assert (response.status_code, response.json()["code"]) == (400, "request_malformed")
    assert await bare_api.count("customer") == 0


async def test_another_tenants_things_do_not_exist(api: Api) -> None:
    signed_up = await api.sign_up()
    other = await new_api(api.pool, api.client, api.engine, "other")
    customer, account = signed_up["customer"]["id"], signed_up["account"]["id"]
    line, top_up = signed_up["line"]["id"], signed_up["top_up"]["id"]
    for path in (
        f"/v1/customers/{customer}",
        f"/v1/customers/{customer}/accounts",
        f"/v1/accounts/{account}",
        f"/v1/accounts/{account}/balance",
        f"/v1/accounts/{account}/top-ups",
        f"/v1/accounts/{account}/top-ups/{top_up}",
        f"/v1/lines/{line}",
        f"/v1/balance?msisdn={signed_up['line']['msisdn']}",
        "/v1/catalog/versions/1",
    ):
        assert (await api.get(path)).status_code == 200, path
        assert (await other.get(path)).status_code == 404, path
    for path in ("/v1/customers", "/v1/lines", "/v1/numbers", "/v1/sims", "/v1/cdrs"):
        assert (await other.get(path)).json()["items"] == [], path
    blocked = await other.patch(f"/v1/lines/{line}", {"status": "blocked"})
    assert blocked.status_code == 404
    body = {"amount": "1", "currency": "EUR"}
    paid = await other.post(f"/v1/accounts/{account}/top-ups", body, key="k")
    assert paid.status_code == 404
