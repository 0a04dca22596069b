"""RADIUS clients and the passwords of lines, through the API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from tests.integration.api.conftest import Api

from openmvno._core import CoreError, RadiusGate
from openmvno.nas import clients_state, gate_clients, passwords_of
from openmvno.provisioning import Sealer

SECRET = "a shared secret of some length"
CLIENT: dict[str, Any] = {"network": "192.0.2.0/24", "service": "data", "secret": SECRET}
PATH = "/v1/radius-clients/hotspot"


async def put(api: Api, path: str = PATH, **terms: Any) -> Any:
    return await api.request("PUT", path, json={**CLIENT, **terms})


async def test_a_client_is_set_shown_and_removed(api: Api) -> None:
    created = await put(api, coa_port=3799)
    assert created.status_code == 201, created.text
    shown = (await api.get(PATH)).json()
    assert shown == created.json()
    assert shown["message_authenticator"] is True
    assert SECRET not in created.text
    kept = {name: value for name, value in CLIENT.items() if name != "secret"}
    changed = await api.request("PUT", PATH, json={**kept, "trusted": True})
    assert (changed.status_code, changed.json()["trusted"]) == (200, True)
    stale = await api.request("PUT", PATH, json=kept, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert [each["name"] for each in (await api.get("/v1/radius-clients")).json()] == ["hotspot"]
    assert (await api.request("DELETE", PATH)).status_code == 204
    assert (await api.get(PATH)).status_code == 404
    assert (await api.request("DELETE", PATH)).status_code == 404
    log = (await api.get("/v1/audit")).text
    assert "radius_client.set" in log
    assert "radius_client.removed" in log
    assert SECRET not in log


@pytest.mark.parametrize(
    ("path", "terms", "code", "field"),
    [
        ("/v1/radius-clients/Hot%20Spot", {}, "radius_client_invalid", "name"),
        (PATH, {"network": "192.0.2.1/24"}, "radius_client_invalid", "network"),
        (PATH, {"network": "example.net"}, "radius_client_invalid", "network"),
        (PATH, {"secret": "short"}, "radius_secret_too_short", "secret"),
        (PATH, {"secret": None}, "radius_secret_too_short", "secret"),
        (PATH, {"coa_port": 0}, "request_malformed", "coa_port"),
        (PATH, {"interim_seconds": 59}, "request_malformed", "interim_seconds"),
        (PATH, {"vendor": "acme"}, "request_malformed", "vendor"),
    ],
)
async def test_what_cannot_be_names_its_field(
    api: Api, path: str, terms: dict[str, Any], code: str, field: str
) -> None:
    refused = await put(api, path, **terms)
    assert (refused.json()["code"], refused.json()["field"]) == (code, field), refused.text
    assert (await api.get("/v1/radius-clients")).json() == []


async def test_a_network_belongs_to_one_client(api: Api) -> None:
    await put(api)
    second = await put(api, "/v1/radius-clients/other")
    assert (second.status_code, second.json()["code"]) == (409, "radius_network_taken")


async def test_the_gate_takes_what_is_enabled_and_the_table_shows_no_secret(
    api: Api, sealer: Sealer
) -> None:
    await put(api, vendor="mikrotik", idle_seconds=60, rating_group=10)
    await put(api, "/v1/radius-clients/off", network="192.0.2.9", enabled=False)
    async with api.pool.connection() as connection:
        before = await clients_state(connection)
        served = await gate_clients(connection, sealer)
        cursor = await connection.execute("SELECT sealed_secret FROM radius_client")
        rows = [bytes(row[0]) for row in await cursor.fetchall()]
        with pytest.raises(InvalidTag):
            await gate_clients(connection, Sealer(bytes(32)))
    assert [(each["name"], each["secret"]) for each in served] == [("hotspot", SECRET)]
    assert all(SECRET.encode() not in row for row in rows)
    gate = RadiusGate("385")
    gate.set_clients(json.dumps(served).encode())
    with pytest.raises(CoreError, match="CIDR"):
        gate.set_clients(json.dumps([{**served[0], "network": "x"}]).encode())
    await api.request("DELETE", PATH)
    async with api.pool.connection() as connection:
        assert await clients_state(connection) != before


async def test_a_password_is_kept_sealed_and_found_by_every_identity(
    api: Api, sealer: Sealer
) -> None:
    line = (await api.sign_up())["line"]
    other = (await api.sign_up())["line"]
    path = f"/v1/lines/{line['id']}/password"
    assert (await api.request("PUT", path, json={"password": "correct horse"})).status_code == 204
    msisdn, imsi = ("msisdn", line["msisdn"]), ("imsi", line["imsi"])
    nobody, without = ("msisdn", "385999999999"), ("msisdn", other["msisdn"])

    async def found(*lookups: list[tuple[str, str]]) -> list[Any]:
        async with api.pool.connection() as connection:
            lines = await passwords_of(connection, sealer, lookups)
        return [None if one is None else (one.index, one.password) for one in lines]

    assert await found([msisdn], [nobody, imsi], [nobody], [without, msisdn]) == [
        (0, b"correct horse"),
        (1, b"correct horse"),
        None,
        None,
    ], "the first identity that is a line's decides, even where that has no password"
    log = (await api.get("/v1/audit")).text
    assert "line_password.set" in log
    assert "correct horse" not in log
    assert (await api.request("DELETE", path)).status_code == 204
    assert await found([msisdn]) == [None]


@pytest.mark.parametrize("password", ["short", "x" * 129, "with a \0 inside"])
async def test_a_password_radius_cannot_carry_is_refused(api: Api, password: str) -> None:
    line = (await api.sign_up())["line"]
    refused = await api.request(
        "PUT", f"/v1/lines/{line['id']}/password", json={"password": password}
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "line_password_invalid")
    unknown = await api.request(
        "PUT",
        "/v1/lines/00000000-0000-0000-0000-000000000001/password",
        json={"password": "correct horse"},
    )
    assert unknown.status_code == 404
