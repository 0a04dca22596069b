"""Numbers that change operators, through a clearing house that two of our tenants belong to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.integration.api.clearing_house import ClearingHouse
from tests.integration.api.conftest import CATALOG, Api, iccid, new_api
from tests.integration.api.fake_engine import FakeEngine
from tests.integration.api.test_delivery import due_now
from tests.integration.api.test_numbers import number, pass_time

from openmvno.database import Pool, Role, create_pool
from openmvno.porting.worker import take_steps
from openmvno.provisioning.delivery import Worker
from openmvno.provisioning.sealing import Sealer
from openmvno.settings import Settings

NUMBER = "385910000001"


@pytest.fixture
def house() -> ClearingHouse:
    return ClearingHouse()


@pytest.fixture
async def work_pool(settings: Settings) -> AsyncIterator[Pool]:
    """As `work` connects."""
    async with create_pool(settings, "test work", role=Role.WORKER) as opened:
        yield opened


@pytest.fixture
async def worker(work_pool: Pool, sealer: Sealer, house: ClearingHouse) -> AsyncIterator[Worker]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(house)) as client:
        yield Worker(work_pool, sealer, client)


@pytest.fixture
async def donor(api: Api, house: ClearingHouse) -> Api:
    await house.join("acme", api)
    return api


@pytest.fixture
async def recipient(
    pool: Pool, client: httpx.AsyncClient, engine: FakeEngine, donor: Api, house: ClearingHouse
) -> Api:
    beta = await new_api(pool, client, engine, "beta")
    await beta.post("/v1/catalog/versions?publish=true", CATALOG)
    await beta.post("/v1/numbers", {"first": "385980000001", "last": "385980000003"})
    cards = f"iccid,imsi\n{iccid(77)},219980000000001\n"
    response = await beta.post(
        "/v1/sims/imports", content=cards, headers={"Content-Type": "text/csv"}
    )
    assert response.json()["loaded"] == 1, response.text
    await house.join("beta", beta)
    return beta


async def exchange(api: Api, house: ClearingHouse, worker: Worker) -> None:
    """Everything that is under way arrives, until nothing is."""
    for _ in range(10):
        await api.engine.materialise()
        await due_now(api)
        while await worker.round():
            pass
        statuses = await house.pass_on()
        assert set(statuses) <= {200}, statuses
        if not statuses:
            return
    raise AssertionError("they talk for ever")


async def let_time_come(api: Api) -> None:
    async with api.pool.connection() as connection:
        await connection.execute("UPDATE port_request SET deadline_at = now() - interval '1 s'")


async def port(api: Api) -> dict[str, Any]:
    """The newest port."""
    found: dict[str, Any] = (await api.get("/v1/ports?limit=1")).json()["items"][0]
    return found


async def test_a_number_changes_operators(
    donor: Api, recipient: Api, house: ClearingHouse, worker: Worker
) -> None:
    leaving = (await donor.sign_up(msisdn=NUMBER))["line"]
    coming = (await recipient.sign_up())["line"]
    when = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    body = {"msisdn": NUMBER, "donor": "acme", "line_id": coming["id"], "scheduled_at": when}
    asked = await recipient.post("/v1/ports", body, key="k")
    assert (asked.status_code, asked.json()["state"]) == (201, "requested")
    assert (await recipient.post("/v1/ports", body, key="k")).json() == asked.json()
    twice = await recipient.post("/v1/ports", body)
    assert (twice.status_code, twice.json()["code"]) == (409, "port_under_way")
    await exchange(donor, house, worker)
    assert (await port(donor))["state"] == (await port(recipient))["state"] == "scheduled"
    assert await take_steps(worker.pool) == 0, "not before its time"
    await let_time_come(donor)
    await take_steps(worker.pool)
    await take_steps(worker.pool)
    await let_time_come(donor)
    await take_steps(worker.pool)
    await exchange(donor, house, worker)
    assert (await port(donor))["state"] == (await port(recipient))["state"] == "activated"
    assert (await donor.get(f"/v1/lines/{leaving['id']}")).json()["status"] == "closed"
    card = (await donor.get(f"/v1/sims/{leaving['iccid']}")).json()
    assert card["state"] == "disposed"
    gone = await number(donor, NUMBER)
    assert (gone["state"], gone["recipient"]) == ("ported_out", "beta")
    came = await number(recipient, NUMBER)
    assert (came["state"], came["donor"], came["line_id"]) == ("assigned", "acme", coming["id"])
    assert (await recipient.get(f"/v1/lines/{coming['id']}")).json()["msisdn"] == NUMBER
    assert (await number(recipient, coming["msisdn"]))["state"] == "quarantined"

    history = (await recipient.get(f"/v1/ports/{asked.json()['id']}/history")).json()
    states = [step["state"] for step in history["steps"]]
    assert states == ["activated", "scheduled", "requested"]
    told = [(notice["event"], notice["state"]) for notice in history["notices"]]
    assert told == [("port.activated", "delivered"), ("port.requested", "delivered")]

    await recipient.patch(f"/v1/lines/{coming['id']}", {"status": "closed"})
    await take_steps(worker.pool)
    await exchange(donor, house, worker)
    assert (await port(donor))["state"] == (await port(recipient))["state"] == "returned"
    assert (await number(donor, NUMBER))["state"] == "quarantined"
    await pass_time(donor)
    assert (await donor.sign_up(msisdn=NUMBER))["line"]["msisdn"] == NUMBER


async def test_a_line_that_has_another_number_by_then_stays(
    donor: Api, recipient: Api, house: ClearingHouse, worker: Worker
) -> None:
    leaving = (await donor.sign_up(msisdn=NUMBER))["line"]
    coming = (await recipient.sign_up())["line"]
    when = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    body = {"msisdn": NUMBER, "donor": "acme", "line_id": coming["id"], "scheduled_at": when}
    await recipient.post("/v1/ports", body, key="k")
    await exchange(donor, house, worker)
    changed = await donor.post(f"/v1/lines/{leaving['id']}/number", {}, key="n")
    assert changed.status_code in (200, 201), changed.text
    for _ in range(3):
        await let_time_come(donor)
        await take_steps(worker.pool)
    await exchange(donor, house, worker)
    assert (await port(donor))["state"] == "activated"
    assert (await donor.get(f"/v1/lines/{leaving['id']}")).json()["status"] == "active"
    assert (await number(donor, NUMBER))["state"] == "ported_out"


async def test_a_number_waits_for_its_sign_up(
    donor: Api, recipient: Api, house: ClearingHouse, worker: Worker
) -> None:
    await donor.sign_up(msisdn=NUMBER)
    await recipient.post("/v1/ports", {"msisdn": NUMBER, "donor": "acme"})
    await exchange(donor, house, worker)
    for _ in range(2):
        await let_time_come(donor)
        await take_steps(worker.pool)
    assert (await number(recipient, NUMBER))["state"] == "ported_in"
    signed_up = await recipient.sign_up(msisdn=NUMBER)
    assert signed_up["line"]["msisdn"] == NUMBER


async def test_a_number_that_may_not_go_is_rejected_with_the_reason(
    donor: Api, recipient: Api, house: ClearingHouse, worker: Worker
) -> None:
    await recipient.post("/v1/ports", {"msisdn": NUMBER, "donor": "acme"})
    await exchange(donor, house, worker)
    rejected = await port(recipient)
    assert (rejected["state"], rejected["reason"]) == ("rejected", "number_not_assigned")
    line = (await donor.sign_up(msisdn=NUMBER))["line"]
    await donor.post(f"/v1/lines/{line['id']}/sim-swap", {})
    await recipient.post("/v1/ports", {"msisdn": NUMBER, "donor": "acme"})
    await exchange(donor, house, worker)
    assert (await port(recipient))["reason"] == "sim_swap_too_soon"
    assert (await donor.get(f"/v1/lines/{line['id']}")).json()["status"] == "active"


async def test_a_port_is_given_up_or_nobody_answers(
    donor: Api, recipient: Api, house: ClearingHouse, worker: Worker
) -> None:
    await donor.sign_up(msisdn=NUMBER)
    when = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    body = {"msisdn": NUMBER, "donor": "acme", "scheduled_at": when}
    asked = (await recipient.post("/v1/ports", body)).json()
    await exchange(donor, house, worker)
    path = f"/v1/ports/{asked['id']}"
    cancelled = await recipient.post(f"{path}/cancel", {"reason": "changed_mind"})
    assert cancelled.json()["state"] == "cancelled"
    await exchange(donor, house, worker)
    assert (await port(donor))["state"] == "cancelled"
    again = await recipient.post(f"{path}/cancel", {})
    assert (again.status_code, again.json()["code"]) == (409, "port_state_conflict")

    house.is_open = False
    await recipient.post("/v1/ports", body)
    await worker.round()
    await let_time_come(donor)
    await take_steps(worker.pool)
    expired = await port(recipient)
    assert (expired["state"], expired["reason"]) == ("rejected", "no_answer_in_time")
    house.is_open = True
    house.heard.clear()
    await exchange(donor, house, worker)
    told = [event for sender, event in house.heard if sender == "beta"]
    assert told == ["port.requested", "port.cancelled"], "in order, as soon as it answers again"


async def test_what_cannot_be_ported(bare_api: Api, donor: Api, recipient: Api) -> None:
    for body, code in (
        ({"msisdn": "385980000001", "donor": "acme"}, "number_is_ours"),
        ({"msisdn": "+1", "donor": "acme"}, "msisdn_invalid"),
        (
            {"msisdn": NUMBER, "donor": "acme", "scheduled_at": "2020-01-01T00:00:00Z"},
            "port_time_invalid",
        ),
    ):
        response = await recipient.post("/v1/ports", body)
        assert response.json()["code"] == code, response.text
    message = {"message": "accepted", "reference": "none", "msisdn": NUMBER, "other": "x"}
    response = await recipient.post("/v1/ports/messages", message)
    assert (response.status_code, response.json()["code"]) == (404, "port_not_found")
    off = {"kind": "clearing_house", "url": "http://x/", "secret": "0123456789abcdef"}
    await recipient.put("/v1/provisioning-targets/clearing-house", {**off, "enabled": False})
    response = await recipient.post("/v1/ports", {"msisdn": NUMBER, "donor": "acme"})
    assert (response.status_code, response.json()["code"]) == (409, "clearing_house_missing")
