"""The route of live traces on a fake engine: whom it finds, what it refuses, what it audits."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.integration.api.conftest import Api

from openmvno.charging import Exchange

PATH = "/v1/traces/live"


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


async def audited(api: Api) -> list[tuple[str, Any]]:
    entries = (await api.get("/v1/audit")).json()["items"]
    return [
        (entry["action"], entry["after"])
        for entry in entries[::-1]
        if entry["action"].startswith("trace.")
    ]


async def test_who_looked_and_how_much_was_seen_is_audited(api: Api) -> None:
    line = (await api.sign_up())["line"]
    request = json.dumps({"type": "balance", "session": "s", "password": "correct horse"})
    api.engine.exchanges = [
        Exchange("engine", "portal", "s", None, 1, 1, request.encode(), b'{"ok": true}'),
        Exchange(not_shown=7),
    ]
    shown = await api.get(PATH, params={"subject": line["msisdn"], "seconds": "60"})
    assert shown.headers["content-type"].startswith("application/x-ndjson")
    first, entry, last = lines(shown.text)
    assert (first, last) == ({"shown": 0, "not_shown": 0}, {"shown": 1, "not_shown": 7})
    assert entry["rating"] is None
    assert "correct horse" not in shown.text
    (subject,) = api.engine.traced
    assert subject["line"] == line["id"]
    assert ["Imsi", line["imsi"]] in subject["identities"]
    assert await audited(api) == [
        ("trace.started", {"subject": line["msisdn"], "seconds": 60}),
        ("trace.ended", {"subject": line["msisdn"], "shown": 1, "not_shown": 7}),
    ]


@pytest.mark.parametrize(
    ("parameters", "status", "code"),
    [
        ({"subject": "385999999999"}, 404, "line_not_found"),
        ({"subject": "bob@example.net"}, 422, "trace_invalid"),
        ({"subject": "gw;1;1", "seconds": "0"}, 422, "trace_invalid"),
        ({"subject": "gw;1;1", "seconds": "3601"}, 422, "trace_invalid"),
        ({}, 400, "request_malformed"),
    ],
)
async def test_what_cannot_be_traced_is_told_and_not_begun(
    api: Api, parameters: dict[str, str], status: int, code: str
) -> None:
    refused = await api.get(PATH, params=parameters)
    assert (refused.status_code, refused.json()["code"]) == (status, code), refused.text
    assert api.engine.traced == []
    assert await audited(api) == []


async def test_an_engine_that_is_away_or_full_is_told(api: Api) -> None:
    api.engine.available = False
    away = await api.get(PATH, params={"subject": "gw;1;1"})
    assert (away.status_code, away.json()["code"]) == (503, "engine_unavailable")
    api.engine.available, api.engine.traces_full = True, True
    full = await api.get(PATH, params={"subject": "gw;1;1"})
    assert (full.status_code, full.json()["code"]) == (409, "traces_full")
    assert await audited(api) == []


async def test_the_open_sessions_of_a_line_are_listed(api: Api) -> None:
    line = (await api.sign_up())["line"]
    path = f"/v1/lines/{line['id']}/sessions"
    assert (await api.get(path)).json() == []
    api.engine.available = False
    away = await api.get(path)
    assert (away.status_code, away.json()["code"]) == (503, "engine_unavailable")
