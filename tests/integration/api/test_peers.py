"""Diameter peers by REST: for whoever runs the installation."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from tests.integration.api.conftest import Api, client_of, new_api

from openmvno.database import Pool, ReadingPool
from openmvno.peers import peer_table, read_peer_file
from openmvno.provisioning.sealing import Sealer
from openmvno.web.application import create_application

GATEWAY = "/v1/peers/gw1.epc.example.net"


async def test_a_peer_is_set_shown_changed_and_removed(bare_api: Api) -> None:
    api = bare_api
    wish = {"addresses": ["192.0.2.0/24"], "profile": "open5gs-smf", "note": "the host network's"}
    made = await api.put("/v1/peers/GW1.epc.example.net", wish)
    assert made.status_code == 201, made.text
    assert made.json()["host"] == "gw1.epc.example.net"
    assert made.json()["connections"] == 16
    assert api.engine.peer_reloads == 1, "in force when it is answered"

    shown = await api.get(GATEWAY)
    assert shown.json() == made.json()
    stale = await api.put(GATEWAY, {"enabled": False}, headers={"If-Match": '"7"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "version_mismatch")
    changed = await api.put(
        GATEWAY, {"enabled": False}, headers={"If-Match": shown.headers["etag"]}
    )
    assert (changed.status_code, changed.json()["enabled"]) == (200, False)
    assert changed.json()["addresses"] == []

    removed = await api.request("DELETE", GATEWAY)
    assert removed.status_code == 200
    assert (await api.get("/v1/peers")).json() == []
    again = await api.request("DELETE", GATEWAY)
    assert (again.status_code, again.json()["code"]) == (404, "peer_not_found")
    entries = (await api.get("/v1/audit", params={"subject_type": "peer"})).json()["items"]
    assert [entry["action"] for entry in entries] == ["peer.removed", "peer.set", "peer.set"]


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("not a host", {}, "host"),
    ("*x.net", {}, "host"),
    ("gw.net", {"addresses": ["192.0.2.1/24"]}, "addresses"),
    ("gw.net", {"addresses": ["everywhere"]}, "addresses"),
    ("gw.net", {"profile": "unheard-of"}, "profile"),
    ("gw.net", {"certificate": ""}, "certificate"),
]


@pytest.mark.parametrize(("host", "wish", "field"), BAD)
async def test_a_peer_that_cannot_be_is_refused_by_field(
    bare_api: Api, host: str, wish: dict[str, Any], field: str
) -> None:
    refused = await bare_api.put(f"/v1/peers/{host}", wish)
    assert (refused.status_code, refused.json()["code"]) == (422, "peer_invalid"), refused.text
    assert refused.json()["field"] == field
    assert (await bare_api.get("/v1/peers")).json() == []
    assert bare_api.engine.peer_reloads == 0


async def test_the_change_waits_for_an_engine_that_is_away(bare_api: Api) -> None:
    bare_api.engine.available = False
    made = await bare_api.put(GATEWAY, {})
    assert made.status_code == 202
    assert [peer["host"] for peer in (await bare_api.get("/v1/peers")).json()] == [
        "gw1.epc.example.net"
    ]
    away = await bare_api.get("/v1/peer-connections")
    assert (away.status_code, away.json()["code"]) == (503, "engine_unavailable")


async def test_who_is_connected_is_told(bare_api: Api) -> None:
    connection = {
        "connection": 3,
        "origin_host": "gw1.epc.example.net",
        "origin_realm": "epc.example.net",
        "peer": "*.example.net",
        "profile": "standard",
        "address": "192.0.2.7",
        "secure": True,
        "state": "open",
        "since": 1_700_000_000_000,
    }
    bare_api.engine.connected = [connection]
    (shown,) = (await bare_api.get("/v1/peer-connections")).json()
    since = datetime.fromisoformat(shown.pop("since"))
    assert since == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert shown == {name: connection[name] for name in shown}


async def test_profiles_are_listed(bare_api: Api) -> None:
    profiles = (await bare_api.get("/v1/peer-profiles")).json()
    names = [profile["name"] for profile in profiles]
    assert names[0] == "standard"
    assert {"open5gs-smf", "basic-packet-gateway", "iccid-gateway"} <= set(names)


@pytest.fixture
async def with_file(
    pool: Pool,
    tenant_pool: Pool,
    reading_pool: ReadingPool,
    bare_api: Api,
    sealer: Sealer,
    application: Litestar,
    tmp_path: Path,
) -> tuple[Api, Path]:
    path = tmp_path / "peers.yaml"
    path.write_text(
        "profiles:\n  house: {redirect: ignored}\n"
        "peers:\n  - {host: GW1.file.example, profile: house, addresses: [192.0.2.1]}\n"
    )
    configured = create_application(
        tenant_pool, reading_pool, bare_api.engine, sealer, peer_file=path
    )
    return await new_api(pool, client_of(configured), bare_api.engine, "acme"), path


async def test_the_file_wins_over_the_database(with_file: tuple[Api, Path], pool: Pool) -> None:
    api, path = with_file
    (listed,) = (await api.get("/v1/peers")).json()
    assert (listed["host"], listed["source"]) == ("gw1.file.example", "file")
    for method in ("PUT", "DELETE"):
        refused = await api.request(
            method, "/v1/peers/gw1.file.example", json={} if method == "PUT" else None
        )
        assert (refused.status_code, refused.json()["code"]) == (409, "peer_configured_by_file")
    beside = await api.put("/v1/peers/gw2.example", {"profile": "house"})
    assert beside.status_code == 201
    hosts = [(peer["host"], peer["source"]) for peer in (await api.get("/v1/peers")).json()]
    assert hosts == [("gw1.file.example", "file"), ("gw2.example", "database")]

    # The profile is taken out of the file: the peer that needs it stays out.
    path.write_text("peers: []\n")
    async with pool.connection() as connection:
        table = await peer_table(connection, read_peer_file(path), open_when_empty=True)
    assert not table.is_open
    assert table.problems == ["peer gw2.example is kept out: its profile 'house' is gone"]
    assert '"enabled": false' in table.document


async def test_the_door_is_open_only_while_nobody_is_configured(
    bare_api: Api, pool: Pool, tmp_path: Path
) -> None:
    empty = tmp_path / "peers.yaml"
    empty.write_text("")

    async def is_open(path: Path | None, *, when_empty: bool = True) -> bool:
        async with pool.connection() as connection:
            file = read_peer_file(path)
            return (await peer_table(connection, file, open_when_empty=when_empty)).is_open

    assert await is_open(None)
    assert not await is_open(None, when_empty=False)
    assert not await is_open(empty), "a file, even an empty one, closes it"
    await bare_api.put(GATEWAY, {"enabled": False})
    assert not await is_open(None)
