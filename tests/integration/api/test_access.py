"""Users, roles, tokens and OAuth clients by the API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.integration.api.conftest import Api

from openmvno import access

USER: dict[str, Any] = {
    "login": "Ana@MVNO.example",
    "name": "Ana Horvat",
    "realm": "care",
    "roles": ["agent"],
    "password": "correct horse battery",
}


async def user(api: Api, **changes: Any) -> dict[str, Any]:
    response = await api.post("/v1/users", {**USER, **changes})
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


async def few(api: Api, *scopes: str) -> Api:
    """The same tenant by a token with these scopes."""
    async with api.pool.connection() as connection:
        token = await access.create_token(connection, api.actor, "few", scopes)
    return Api(api.client, api.actor, token, api.engine, api.pool)


async def test_a_user_is_made_shown_changed_and_disabled(bare_api: Api) -> None:
    made = await user(bare_api)
    assert (made["login"], made["has_password"]) == ("ana@mvno.example", True)
    assert "password" not in made
    path = f"/v1/users/{made['id']}"
    assert (await bare_api.get(path)).json() == made
    taken = await bare_api.post("/v1/users", {**USER, "login": "ana@mvno.EXAMPLE"})
    assert (taken.status_code, taken.json()["code"]) == (409, "login_taken")
    changed = await bare_api.patch(
        path,
        {"roles": ["viewer"], "networks": ["192.0.2.0/24"], "status": "disabled"},
        headers={"If-Match": '"1"'},
    )
    assert changed.json()["networks"] == ["192.0.2.0/24"]
    stale = await bare_api.patch(path, {"name": "B"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    (listed,) = (await bare_api.get("/v1/users?realm=care")).json()["items"]
    assert listed == changed.json()
    entries = (await bare_api.get("/v1/audit?subject_type=user&kind=change")).json()["items"]
    assert entries[0]["before"] == {"roles": ["agent"], "networks": [], "status": "active"}
    async with bare_api.pool.connection() as connection:
        cursor = await connection.execute("SELECT password_hash FROM app_user")
        row = await cursor.fetchone()
    assert row is not None
    assert row[0].startswith("$argon2id$")


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"roles": ["administrator"]}, "role_unknown", "roles"),
        ({"roles": ["nonsense"]}, "role_unknown", "roles"),
        ({"password": "short"}, "password_weak", "password"),
        ({"password": "aaaaaaaaaaaaaaaa"}, "password_weak", "password"),
        ({"password": "my ana@mvno.example pass"}, "password_weak", "password"),
        ({"networks": ["192.0.2.1/24"]}, "network_invalid", "networks[0]"),
        ({"realm": "service"}, "request_malformed", "realm"),
    ],
)
async def test_what_a_user_cannot_be(
    bare_api: Api, change: dict[str, Any], code: str, field: str
) -> None:
    refused = await bare_api.post("/v1/users", {**USER, **change})
    assert (refused.json()["code"], refused.json()["field"]) == (code, field)
    assert await bare_api.count("app_user") == 0


async def test_nobody_gives_what_he_has_not_got(bare_api: Api) -> None:
    victim = await user(bare_api, realm="admin", roles=["administrator"])
    clerk = await few(bare_api, "access:read", "access:write", "customers:read")
    scopes = {"scopes": ["customers:read", "payments:write"]}
    tries: list[tuple[str, str, Any]] = [
        ("POST", "/v1/users", {**USER, "login": "b"}),
        ("POST", "/v1/tokens", {"name": "t", **scopes}),
        ("POST", "/v1/oauth-clients", {"name": "c", **scopes}),
        ("PUT", "/v1/roles/mine", {"realm": "care", **scopes}),
        ("PUT", f"/v1/users/{victim['id']}/password", {"password": "a password of mine"}),
        ("PATCH", f"/v1/users/{victim['id']}", {"status": "disabled"}),
        ("DELETE", f"/v1/users/{victim['id']}/second-factor", None),
    ]
    for method, path, body in tries:
        refused = await clerk.request(method, path, json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "scope_not_held"), path
    own = await clerk.post("/v1/tokens", {"name": "t", "scopes": ["customers:read"]})
    assert own.status_code == 201


async def test_a_role_of_ones_own(bare_api: Api) -> None:
    path = "/v1/roles/back-office"
    body = {"realm": "care", "scopes": ["customers:read"], "note": "Letters"}
    made = await bare_api.put(path, body)
    assert made.status_code == 201
    assert made.json() == {"name": "back-office", "built_in": False, **body}
    assert (await bare_api.put(path, {**body, "note": "x"})).status_code == 200
    there = {role["name"]: role for role in (await bare_api.get("/v1/roles")).json()}
    names = list(there)
    assert there["agent"]["built_in"]
    assert {"administrator", "agent", "reseller-user", "back-office"} <= set(names)
    for changed, code in (
        ({**body, "scopes": ["access:write"]}, "scope_not_of_realm"),
        ({**body, "scopes": ["registers:write"]}, "scope_not_of_realm"),
        ({**body, "scopes": ["a:b"]}, "scope_unknown"),
    ):
        refused = await bare_api.put(path, changed)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert (await bare_api.put(path, {**body, "scopes": ["sims:codes"]})).status_code == 200
    assert (await bare_api.put("/v1/roles/agent", body)).json()["code"] == "role_built_in"
    await user(bare_api, roles=["back-office"])
    assert (await bare_api.request("DELETE", path)).json()["code"] == "role_in_use"
    await bare_api.put("/v1/roles/spare", body)
    assert (await bare_api.request("DELETE", "/v1/roles/spare")).status_code == 204
    assert (await bare_api.get("/v1/roles/spare")).status_code == 404


async def test_a_token_is_shown_once_and_revoked_at_once(bare_api: Api) -> None:
    expires = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    body = {"name": "shop", "scopes": ["customers:read"], "expires_at": expires}
    made = await bare_api.post("/v1/tokens", body, key="k")
    secret, token_id = made.json()["token"], made.json()["id"]
    assert secret.startswith("omv_")
    again = await bare_api.post("/v1/tokens", body, key="k")
    assert (again.json()["id"], again.json()["token"]) == (token_id, None)
    shop = Api(bare_api.client, bare_api.actor, secret, bare_api.engine, bare_api.pool)
    assert (await shop.get("/v1/customers")).status_code == 200
    listed = (await bare_api.get("/v1/tokens")).json()["items"]
    assert [(each["name"], each["token"]) for each in listed] == [
        ("shop", None),
        ("everything", None),
    ]
    for table in ("idempotency_key", "audit_entry", "api_token"):
        async with bare_api.pool.connection() as connection:
            cursor = await connection.execute(f"SELECT t::text FROM {table} t")
            assert all(secret not in row[0] for row in await cursor.fetchall()), table
    for _ in range(2):
        gone = await bare_api.request("DELETE", f"/v1/tokens/{token_id}")
        assert gone.status_code == 204
    assert (await shop.get("/v1/customers")).json()["code"] == "token_invalid"
    assert (await bare_api.get(f"/v1/tokens/{token_id}")).json()["revoked_at"] is not None
    actions = (await bare_api.get(f"/v1/audit?subject_id={token_id}")).json()["items"]
    assert [each["action"] for each in actions] == ["token.revoked", "token.created"]


async def test_a_token_for_some_addresses(bare_api: Api) -> None:
    for networks, status in (
        (["127.0.0.0/8", "2001:db8::/32"], 200),
        (["192.0.2.7"], 403),
        (["::1"], 403),
    ):
        body = {"name": "n", "scopes": ["customers:read"], "networks": networks}
        secret = (await bare_api.post("/v1/tokens", body)).json()["token"]
        held = Api(bare_api.client, bare_api.actor, secret, bare_api.engine, bare_api.pool)
        response = await held.get("/v1/customers")
        assert response.status_code == status
        if status == 403:
            assert response.json()["code"] == "address_not_allowed"


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def oauth_client(api: Api, **changes: Any) -> tuple[str, str]:
    body = {"name": "shop", "scopes": ["customers:read", "balance:read"], **changes}
    made = (await api.post("/v1/oauth-clients", body)).json()
    return made["client_id"], made["client_secret"]


async def test_client_credentials(bare_api: Api) -> None:
    identifier, secret = await oauth_client(bare_api)
    client = bare_api.client
    data = {"grant_type": "client_credentials", "scope": "balance:read"}
    answer = await client.post("/oauth2/token", data=data, auth=(identifier, secret))
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json()
    assert {**body, "access_token": ""} == {
        "access_token": "",
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "balance:read",
    }
    held = Api(client, bare_api.actor, body["access_token"], bare_api.engine, bare_api.pool)
    assert (await held.get("/v1/balance?msisdn=1")).status_code == 404
    assert (await held.get("/v1/customers")).json()["code"] == "scope_missing"
    posted = {
        "grant_type": "client_credentials",
        "client_id": identifier,
        "client_secret": secret,
    }
    whole = await client.post("/oauth2/token", data=posted)
    assert whole.json()["scope"] == "customers:read balance:read"
    assert len((await bare_api.get("/v1/tokens")).json()["items"]) == 1

    gone = await bare_api.request("DELETE", f"/v1/oauth-clients/{identifier}")
    assert gone.status_code == 204
    assert (await held.get("/v1/balance?msisdn=1")).json()["code"] == "token_invalid"
    refused = await client.post("/oauth2/token", data=posted)
    assert refused.json()["error"] == "invalid_client"


async def test_errors_of_the_token_endpoint(bare_api: Api) -> None:
    """RFC 6749 section 5.2, one by one."""
    identifier, secret = await oauth_client(bare_api)
    elsewhere = await oauth_client(bare_api, networks=["192.0.2.7"])
    grant = "grant_type=client_credentials"
    right = (identifier, secret)
    tries: list[tuple[str, Any, int, str]] = [
        (grant, (identifier, "wrong"), 401, "invalid_client"),
        (grant, ("nobody", secret), 401, "invalid_client"),
        (grant, elsewhere, 401, "invalid_client"),
        (grant, None, 401, "invalid_client"),
        ("", right, 400, "invalid_request"),
        (f"{grant}&{grant}", right, 400, "invalid_request"),
        (f"{grant}&client_secret=x", right, 400, "invalid_request"),
        ("grant_type=password", right, 400, "unsupported_grant_type"),
        (f"{grant}&scope=payments%3Awrite", right, 400, "invalid_scope"),
    ]
    for content, auth, status, error in tries:
        answer = await bare_api.client.post(
            "/oauth2/token", content=content, headers=FORM, auth=auth
        )
        assert (answer.status_code, answer.json().get("error")) == (status, error), content
        assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    wrong = await bare_api.client.post("/oauth2/token", json={})
    assert wrong.json()["error"] == "invalid_request"
