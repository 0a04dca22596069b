"""The PUK of one's own card: for who types the password again, and for nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar
from tests.integration.api.conftest import Api, iccid
from tests.integration.api.test_reach import PASSWORD, log_in

PUK = "87654321"


async def tell_codes(api: Api, *cards: str) -> None:
    """The codes of cards that are in the stock already."""
    listed = [(await api.get(f"/v1/sims/{card}")).json() for card in cards]
    lines = [f"{each['iccid']},{each['imsi']},4711,{PUK}" for each in listed]
    sent = await api.post(
        "/v1/sims/imports",
        content="\n".join(["iccid,imsi,pin1,puk1", *lines]),
        headers={"Content-Type": "text/csv"},
    )
    assert sent.status_code == 201, sent.text


async def readings(api: Api, card: str) -> list[dict[str, Any]]:
    found = await api.get("/v1/audit", params={"action": "sim_codes.read", "subject_id": card})
    items: list[dict[str, Any]] = found.json()["items"]
    return items


class Asker:
    """A user with a session, who asks for PUKs."""

    def __init__(self, client: httpx.AsyncClient, csrf: str) -> None:
        self.client = client
        self.csrf = csrf

    async def puk(self, card: str, password: str = PASSWORD, key: str = "") -> httpx.Response:
        headers = {"X-CSRF-Token": self.csrf, "Idempotency-Key": key or str(uuid4())}
        body = {"password": password}
        return await self.client.post(f"/v1/sims/{card}/puk", json=body, headers=headers)


@pytest.fixture
async def line(api: Api) -> dict[str, Any]:
    line: dict[str, Any] = (await api.sign_up())["line"]
    await tell_codes(api, line["iccid"])
    return line


@pytest.fixture
async def ana(api: Api, application: Litestar, line: dict[str, Any]) -> AsyncIterator[Asker]:
    """The subscriber of the line."""
    async with AsyncExitStack() as stack:
        yield Asker(*await log_in(stack, application, api, "subscriber", line["id"]))


async def test_a_subscriber_sees_the_puk_and_nothing_else(
    api: Api, ana: Asker, line: dict[str, Any]
) -> None:
    card = line["iccid"]
    shown = await ana.puk(card)
    assert (shown.status_code, shown.json()) == (200, {"iccid": card, "puk1": PUK})
    assert shown.headers["Cache-Control"] == "no-store"
    (entry,) = await readings(api, card)
    assert (entry["after"], entry["kind"]) == ({"codes": ["puk1"]}, "change")
    assert entry["actor"].startswith("subscriber-")
    refused = await ana.client.get(f"/v1/sims/{card}/codes")
    assert (refused.status_code, refused.json()["code"]) == (403, "route_not_open")
    # Each time is noted, and a repeated request shows nothing.
    key = str(uuid4())
    assert (await ana.puk(card, key=key)).json()["puk1"] == PUK
    assert (await ana.puk(card, key=key)).json() == {"iccid": card}
    assert len(await readings(api, card)) == 2
    async with api.pool.connection() as connection:
        cursor = await connection.execute("SELECT idempotency_key::text FROM idempotency_key")
        stored = str(await cursor.fetchall())
    assert key in stored
    assert PUK not in stored


async def test_wrong_passwords_count_as_failed_logins(
    api: Api, ana: Asker, line: dict[str, Any]
) -> None:
    for _ in range(5):
        wrong = await ana.puk(line["iccid"], "another horse battery")
        assert (wrong.status_code, wrong.json()["code"]) == (422, "password_wrong")
        assert wrong.json()["field"] == "password"
    # The right one is of no use now, here and at the login and for a new password.
    resting = await ana.puk(line["iccid"])
    assert (resting.status_code, resting.json()["code"]) == (429, "login_throttled")
    assert int(resting.headers["Retry-After"]) > 0
    body = {"present": PASSWORD, "password": "quite another one"}
    headers = {"X-CSRF-Token": ana.csrf}
    changing = await ana.client.put("/v1/session/password", json=body, headers=headers)
    assert changing.status_code == 429
    assert await readings(api, line["iccid"]) == []
    noted = (await api.get("/v1/audit", params={"subject_type": "user", "limit": 100})).json()
    actions = [entry["action"] for entry in noted["items"]]
    assert actions.count("session.password_refused") == 5
    locked = await api.get("/v1/audit", params={"action": "session.locked_out"})
    assert len(locked.json()["items"]) == 1


async def test_a_wrong_present_password_is_counted_too(ana: Asker) -> None:
    headers = {"X-CSRF-Token": ana.csrf}
    answers = []
    for _ in range(6):
        body = {"present": "another horse battery", "password": "quite another one"}
        refused = await ana.client.put("/v1/session/password", json=body, headers=headers)
        answers.append(refused.json()["code"])
    assert answers == [*["password_wrong"] * 5, "login_throttled"]


async def test_it_is_that_of_ones_own_card(
    api: Api, application: Litestar, ana: Asker, line: dict[str, Any]
) -> None:
    other = (await api.sign_up())["line"]
    await tell_codes(api, other["iccid"], iccid(9))
    for card in (other["iccid"], iccid(9), iccid(99)):
        refused = await ana.puk(card)
        assert refused.status_code == 404, refused.text
        assert PUK not in refused.text
    # A card that was swapped for another is not the line's any more.
    swap = {"iccid": iccid(9), "reason": "lost"}
    assert (await api.post(f"/v1/lines/{line['id']}/sim-swap", swap)).is_success
    assert (await ana.puk(line["iccid"])).status_code == 404
    assert (await ana.puk(iccid(9))).json()["puk1"] == PUK
    async with AsyncExitStack() as stack:
        account = (await api.get(f"/v1/lines/{line['id']}")).json()["account_id"]
        customer = (await api.get(f"/v1/accounts/{account}")).json()["customer_id"]
        for realm in ("customer", "reseller", "distributor"):
            above = Asker(*await log_in(stack, application, api, realm, customer))
            refused = await above.puk(iccid(9))
            assert (refused.status_code, refused.json()["code"]) == (403, "route_not_open")


async def test_a_card_without_a_known_puk(api: Api, application: Litestar) -> None:
    line = (await api.sign_up())["line"]
    async with AsyncExitStack() as stack:
        asker = Asker(*await log_in(stack, application, api, "subscriber", line["id"]))
        unknown = await asker.puk(line["iccid"])
    assert (unknown.status_code, unknown.json()["code"]) == (404, "sim_codes_unknown")


async def test_a_tenant_may_show_it_to_staff_alone(
    api: Api, application: Litestar, ana: Asker, line: dict[str, Any]
) -> None:
    path = "/v1/sims/policy"
    assert (await ana.client.get(path)).json() == {
        "swap_cooling_hours": 24,
        "puk_to_subscribers": True,
    }
    put = await api.put(path, {"swap_cooling_hours": 24, "puk_to_subscribers": False})
    assert put.json() == {"swap_cooling_hours": 24, "puk_to_subscribers": False}
    # Who knows only the other rule leaves it as it is.
    assert (await api.put(path, {"swap_cooling_hours": 48})).json()["puk_to_subscribers"] is False
    refused = await ana.puk(line["iccid"])
    assert (refused.status_code, refused.json()["code"]) == (403, "puk_not_shown")
    entries = (await api.get("/v1/audit", params={"action": "sim_policy.set"})).json()["items"]
    assert [entry["after"] for entry in entries] == [
        {"swap_cooling_hours": 48},
        {"puk_to_subscribers": False},
    ]
    async with AsyncExitStack() as stack:
        more = {"subject_id": None, "roles": ["unlocker"]}
        staff = Asker(*await log_in(stack, application, api, "care", "", **more))
        assert (await staff.puk(line["iccid"])).json()["puk1"] == PUK
        few = {"subject_id": None, "roles": ["viewer"]}
        other = Asker(*await log_in(stack, application, api, "care", "", **few))
        assert (await other.puk(line["iccid"])).status_code == 403


async def test_a_program_has_no_password(api: Api, line: dict[str, Any]) -> None:
    refused = await api.post(f"/v1/sims/{line['iccid']}/puk", {"password": PASSWORD})
    assert refused.json()["code"] == "session_missing", refused.text
