"""Sign-up: everything or nothing, once per key, confirmed by the engine."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

from tests.integration.api.conftest import Api, iccid

SIGN_UP: dict[str, Any] = {
    "product": "basic",
    "customer": {"name": "Ana Horvat", "external_id": "crm-1"},
    "msisdn": "385910000003",
    "iccid": iccid(3),
    "initial_top_up": {"amount": "10.50", "currency": "EUR"},
}

TABLES = ("customer", "account", "subscriber_line", "identity_map", "top_up", "outbox")


async def test_one_call_makes_a_subscriber(api: Api) -> None:
    response = await api.post("/v1/sign-ups", SIGN_UP, key="k-1")
    assert response.status_code == 201, response.text
    body = response.json()
    assert body["status"] == "completed"
    assert body["line"]["msisdn"] == "385910000003"
    assert body["line"]["imsi"] == "219010000000003"
    assert body["line"]["status"] == "active"
    assert body["top_up"]["balance"] == "10.50"
    commands = [command["type"] for command in api.engine.applied]
    assert commands[-3:] == ["open_account", "open_line", "adjust_balance"]
    assert api.engine.applied[-1]["amount"] == 10_500_000
    number = (await api.get("/v1/numbers?state=assigned")).json()["items"]
    assert [entry["msisdn"] for entry in number] == ["385910000003"]
    found = (await api.get("/v1/lines?msisdn=385910000003")).json()["items"]
    assert found == [body["line"]]


async def test_first_free_number_and_card_are_taken(api: Api) -> None:
    first = await api.sign_up()
    second = await api.sign_up()
    assert first["line"]["msisdn"] == "385910000001"
    assert second["line"]["msisdn"] == "385910000002"
    assert second["line"]["iccid"] == iccid(2)


async def test_same_key_is_done_once_and_answered_twice(api: Api) -> None:
    first = await api.post("/v1/sign-ups", SIGN_UP, key="k-1")
    second = await api.post("/v1/sign-ups", SIGN_UP, key="k-1")
    assert second.status_code == 201
    assert second.json() == first.json()
    assert await api.count("customer") == 1
    assert await api.count("top_up") == 1


async def test_same_key_at_the_same_time_is_done_once(api: Api) -> None:
    answers = await asyncio.gather(
        *(api.post("/v1/sign-ups", SIGN_UP, key="k-1") for _ in range(5))
    )
    assert [answer.status_code for answer in answers] == [201] * 5
    assert len({answer.text for answer in answers}) == 1
    assert await api.count("subscriber_line") == 1


async def test_key_of_another_request_is_refused(api: Api) -> None:
    await api.post("/v1/sign-ups", SIGN_UP, key="k-1")
    other = {**SIGN_UP, "customer": {"name": "Ivo"}}
    response = await api.post("/v1/sign-ups", other, key="k-1")
    assert response.status_code == 409
    assert response.json()["code"] == "idempotency_key_reused"


async def test_key_is_needed(api: Api) -> None:
    response = await api.post("/v1/sign-ups", SIGN_UP)
    assert response.status_code == 400
    assert response.json()["code"] == "idempotency_key_missing"
    assert await api.count("customer") == 0


async def test_a_refused_sign_up_leaves_nothing(api: Api) -> None:
    async def refused(field: str, code: str, status: int, **changes: Any) -> None:
        response = await api.post("/v1/sign-ups", {**SIGN_UP, **changes}, key=str(uuid4()))
        problem = response.json()
        assert (response.status_code, problem["code"], problem["field"]) == (status, code, field)
        assert response.headers["content-type"] == "application/problem+json"
        for table in TABLES:
            assert await api.count(table) == 0, table

    await refused("product", "product_unknown", 422, product="gold")
    await refused("msisdn", "number_not_in_pool", 409, msisdn="385919999999")
    await refused("iccid", "sim_not_in_inventory", 409, iccid=iccid(99))
    money = {"amount": "0.0000001", "currency": "EUR"}
    await refused("initial_top_up.amount", "amount_precision", 422, initial_top_up=money)
    money = {"amount": "1", "currency": "USD"}
    await refused("initial_top_up.currency", "currency_mismatch", 422, initial_top_up=money)
    money = {"amount": "-1", "currency": "EUR"}
    await refused("initial_top_up.amount", "amount_out_of_range", 422, initial_top_up=money)
    await refused("customer", "customer_ambiguous", 422, customer=None)
    numbers = (await api.get("/v1/numbers?state=available")).json()["items"]
    assert len(numbers) == 10
    assert [command["type"] for command in api.engine.applied] == ["activate_catalog"] * 4


async def test_taken_number_is_refused(api: Api) -> None:
    await api.sign_up(msisdn="385910000003")
    response = await api.post("/v1/sign-ups", {**SIGN_UP, "msisdn": "385910000003"}, key="another")
    assert response.status_code == 409
    assert response.json()["code"] == "number_not_available"


async def test_engine_away_then_back(api: Api) -> None:
    api.engine.available = False
    response = await api.post("/v1/sign-ups", SIGN_UP, key="k-1")
    assert response.status_code == 202
    assert response.json()["status"] == "pending"
    again = await api.post("/v1/sign-ups", SIGN_UP, key="k-1")
    assert again.status_code == 202
    api.engine.available = True
    settled = await api.post("/v1/sign-ups", SIGN_UP, key="k-1")
    assert settled.status_code == 201
    assert settled.json()["status"] == "completed"
    assert settled.json()["top_up"]["balance"] == "10.50"
    adjustments = [c for c in api.engine.applied if c["type"] == "adjust_balance"]
    assert len(adjustments) == 1


async def test_outcome_is_found_in_the_table_when_the_engine_is_away(api: Api) -> None:
    first = await api.post("/v1/sign-ups", SIGN_UP, key="k-1")
    await api.engine.materialise()
    api.engine.available = False
    again = await api.post("/v1/sign-ups", SIGN_UP, key="k-1")
    assert again.status_code == 201
    assert again.json() == first.json()


async def test_what_the_engine_refuses_is_a_problem(api: Api) -> None:
    api.engine.refuse["open_line"] = "identity_in_use"
    response = await api.post("/v1/sign-ups", SIGN_UP, key="k-1")
    assert response.status_code == 409
    assert response.json()["code"] == "engine_refused"
    assert response.json()["engine_code"] == "identity_in_use"


async def test_what_the_engine_refuses_in_part_is_undone_whole(rich_api: Api) -> None:
    api = rich_api
    await api.put("/v1/provisioning-targets/x", {"url": "http://x/", "secret": "0123456789abcdef"})
    wish = {**SIGN_UP, "addons": ["pack"]}
    for refused in ("open_line", "add_product", "adjust_balance"):
        api.engine.refuse = {refused: "rating_failed"}
        response = await api.post("/v1/sign-ups", wish, key=refused)
        assert (response.status_code, response.json()["code"]) == (409, "engine_refused"), refused
        again = await api.post("/v1/sign-ups", wish, key=refused)
        assert again.json()["code"] == "engine_refused", "the same key is answered the same"
        for table in ("customer", "account", "subscriber_line", "identity_map", "top_up"):
            assert await api.count(table) == 0, (refused, table)
        numbers = (await api.get("/v1/numbers?state=available")).json()["items"]
        sims = (await api.get("/v1/sims?state=available")).json()["items"]
        assert (len(numbers), len(sims)) == (10, 10)
        assert all(micros == 0 for micros in api.engine.balances.values()), refused
    api.engine.refuse = {}
    closed = [c for c in api.engine.applied if c.get("status") == "closed"]
    assert len(closed) == 2, "the lines that had been opened"
    events = (await api.get("/v1/deliveries")).json()["items"]
    told = {(each["subject_id"], each["event"]) for each in events}
    assert {(c["line"], "line.closed") for c in closed} <= told
    signed_up = await api.post("/v1/sign-ups", wish, key="at last")
    assert signed_up.status_code == 201, signed_up.text
