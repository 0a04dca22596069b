"""The audit log by the API: changes, readings of personal data, filters."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from litestar import Litestar
from tests.integration.api.conftest import Api
from tests.integration.api.test_isolation import (
    INSTALLATION,
    OWN_SESSION,
    PUBLIC,
    Owned,
    operations,
    owned,
)

from openmvno import access, audit

__all__ = ["owned"]


async def entries(api: Api, **filters: Any) -> list[dict[str, Any]]:
    response = await api.get("/v1/audit", params=filters)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["items"]
    return found


async def test_a_change_says_what_was_and_what_is(api: Api) -> None:
    made = await api.post("/v1/customers", {"name": "Ana", "phone": "+385911111111"})
    customer = made.json()["id"]
    headers = {"X-Request-Id": "req-7"}
    await api.request("PATCH", f"/v1/customers/{customer}", json={"name": "Eva"}, headers=headers)
    changed, created = await entries(api, subject_id=customer, kind="change")
    assert created["action"] == "customer.created"
    assert changed["action"] == "customer.changed"
    assert (changed["before"], changed["after"]) == ({"name": "Ana"}, {"name": "Eva"})
    assert (changed["actor"], changed["request_id"]) == ("everything", "req-7")
    assert changed["address"] == "127.0.0.1"
    assert changed["number"] is None
    one = await api.get(f"/v1/audit/{changed['id']}")
    assert one.json() == changed


async def test_secrets_are_masked(api: Api) -> None:
    async with api.pool.connection() as connection:
        await audit.record(
            connection,
            api.actor,
            "sim.changed",
            "sim",
            "1",
            before={"ki": "00112233445566778899aabbccddeeff", "keys": [{"pin1": "0000"}], "a": 1},
            after={"ki": "ffeeddccbbaa99887766554433221100", "keys": [{"pin1": "1234"}], "a": 1},
        )
    (entry,) = await entries(api, action="sim.changed")
    assert entry["before"] == entry["after"] == {"ki": "***", "keys": [{"pin1": "***"}]}


async def test_every_filter(api: Api) -> None:
    begun = datetime.now(UTC) - timedelta(milliseconds=2)
    await asyncio.sleep(0.005)
    customer = (await api.post("/v1/customers", {"name": "Ana"})).json()["id"]
    (entry,) = await entries(api, subject_id=customer)
    for name, fitting, other in (
        ("kind", "change", "read"),
        ("subject_type", "customer", "line"),
        ("action", "customer.created", "customer.changed"),
        ("actor", "everything", "nobody"),
        ("token", entry["token_id"], customer),
        ("address", "127.0.0.1", "192.0.2.1"),
        ("request_id", entry["request_id"], "none"),
        ("since", begun.isoformat(), (begun + timedelta(hours=1)).isoformat()),
        ("until", (begun + timedelta(hours=1)).isoformat(), begun.isoformat()),
    ):
        assert entry in await entries(api, **{name: fitting}), name
        assert entry not in await entries(api, **{name: other}), name
    for name, wrong, status in (
        ("address", "here", 422),
        ("since", "2026-01-01T00:00:00", 400),
        ("user", "x", 400),
    ):
        refused = await api.get("/v1/audit", params={name: wrong})
        assert (refused.status_code, refused.json()["field"]) == (status, name)


async def test_reads_are_noted_beside_the_answer(api: Api, application: Litestar) -> None:
    first, second = [
        (await api.post("/v1/customers", {"name": name})).json()["id"] for name in ("Ana", "Bea")
    ]
    for _ in range(3):
        assert (await api.get(f"/v1/customers/{first}")).status_code == 200
    await api.get("/v1/customers")
    assert await entries(api, kind="read") == []
    await application.state.reads.flush()

    listed, single = await entries(api, kind="read")
    assert (single["action"], single["subject_id"]) == ("customer.read", first)
    assert single["after"] == {"times": 3}
    assert single["address"] == "127.0.0.1"
    assert listed["after"] == {"times": 1, "subjects": [second, first]}
    assert listed in await entries(api, subject_id=second, kind="read")
    assert await entries(api, subject_id=first, kind="read") == [listed, single]
    assert (await api.get("/v1/customers/" + str(api.actor.tenant_id))).status_code == 404
    await application.state.reads.flush()
    assert len(await entries(api, kind="read")) == 2, "nothing was shown"


async def test_a_look_is_one_entry_however_often_the_same_is_read(
    api: Api, application: Litestar, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = application.state.reads
    now = 1000.0
    monkeypatch.setattr(reads, "_clock", lambda: now)
    first, second = [
        (await api.post("/v1/customers", {"name": name})).json()["id"] for name in ("Ana", "Bea")
    ]

    async def look(path: str, **headers: str) -> int:
        """How many entries reading it leaves."""
        before = len(await entries(api, kind="read"))
        assert (await api.get(path, headers=headers)).status_code == 200
        await reads.flush()
        return len(await entries(api, kind="read")) - before

    path = f"/v1/customers/{first}"
    assert await look(path) == 1
    for seconds in (3.0, 3.0, 290.0):
        now += seconds
        # Whatever a client says of its request.
        assert await look(path, **{"X-Request-Id": str(now), "X-Forwarded-For": "192.0.2.9"}) == 0
    assert await look(f"/v1/customers/{second}") == 1, "somebody else"
    assert await look("/v1/customers") == 1, "another way"
    assert await look("/v1/customers?limit=2") == 1, "and yet another"
    (await api.post("/v1/customers", {"name": "Cai"})).json()
    assert await look("/v1/customers") == 1, "more is shown"
    async with api.pool.connection() as connection:
        token = await access.create_token(connection, api.actor, "other", ["customers:read"])
    mine, api.token = api.token, token
    assert (await api.get(path)).status_code == 200
    api.token = mine
    await reads.flush()
    assert {entry["actor"] for entry in await entries(api, subject_id=first, kind="read")} == {
        "everything",
        "other",
    }, "another caller"
    now += 4.0
    assert await look(path) == 1, "the first look was five minutes ago"
    assert await look(path) == 0


async def test_looks_that_are_too_many_to_remember_are_noted_again(
    api: Api, application: Litestar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openmvno.audit.reads.MOST_LOOKS", 2)
    ids = [(await api.post("/v1/customers", {"name": name})).json()["id"] for name in "ABC"]
    for each in (*ids, ids[0]):
        await api.get(f"/v1/customers/{each}")
        await application.state.reads.flush()
    assert len(await entries(api, kind="read")) == 4


async def test_notes_that_cannot_be_written_are_kept(api: Api, application: Litestar) -> None:
    customer = (await api.post("/v1/customers", {"name": "Ana"})).json()["id"]
    reads = application.state.reads
    open_connection, reads._connection_of = reads._connection_of, _away
    await api.get(f"/v1/customers/{customer}")
    with pytest.raises(OSError, match="away"):
        await reads.flush()
    await api.get(f"/v1/customers/{customer}")
    reads._connection_of = open_connection
    await reads.flush()
    (entry,) = await entries(api, kind="read")
    assert entry["after"] == {"times": 2}


def _away(_: object) -> Any:
    raise OSError("away")


async def test_every_reading_of_personal_data_is_noted(owned: Owned, application: Litestar) -> None:
    """Whatever shows a name, a number or an IMSI of somebody leaves a note of it."""
    personal = {"Victoria Victim", "vic@tim.example"}
    personal |= {owned.queries["msisdn"], owned.queries["imsi"]}
    shown, missing = 0, []
    for method, path, _ in operations(application):
        if (
            method != "GET"
            or path in PUBLIC
            or path.startswith((*INSTALLATION, OWN_SESSION, "/v1/audit"))
        ):
            continue
        filled = path
        for place, value in owned.places.items():
            filled = filled.replace(f"{{{place}}}", value)
        if path == "/v1/balance":
            filled += f"?msisdn={owned.queries['msisdn']}"
        headers = {"X-Request-Id": path.replace("/", ".").replace("{", "").replace("}", "")}
        await application.state.reads.flush()  # or it would be counted with the one before
        response = await owned.api.get(filled, headers=headers)
        if not any(each in response.text for each in personal):
            continue
        await application.state.reads.flush()
        noted = await entries(owned.api, kind="read", request_id=headers["X-Request-Id"])
        if not noted:
            missing.append(path)
        shown += 1
    assert missing == [], "they show personal data: call.shown() is missing"
    assert shown >= 7
