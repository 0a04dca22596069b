"""The pool of numbers: classes, reservations, quarantine; another number or card for a line."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.integration.api.conftest import Api, iccid

from openmvno import numbers


async def pass_time(api: Api) -> None:
    """Every reservation and quarantine is over."""
    async with api.pool.connection() as connection:
        await connection.execute(
            "UPDATE msisdn SET until = now() - interval '1 s' WHERE until IS NOT NULL"
        )


async def number(api: Api, msisdn: str) -> dict[str, Any]:
    response = await api.get(f"/v1/numbers/{msisdn}")
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def test_vain_numbers_are_given_on_request_only(bare_api: Api, api: Api) -> None:
    await api.post("/v1/numbers", {"first": "385912222221", "last": "385912222223"})
    gold = (await api.get("/v1/numbers?number_class=gold")).json()["items"]
    assert [each["msisdn"] for each in gold] == ["385912222222"]
    found = (await api.get("/v1/numbers?ends_with=2222")).json()["items"]
    assert found == gold
    usual = (await api.sign_up())["line"]["msisdn"]
    assert usual == "385910000001"
    wished = (await api.sign_up(number_class="gold"))["line"]["msisdn"]
    assert wished == "385912222222"
    body = {"product": "basic", "customer": {"name": "Ana"}, "number_class": "gold"}
    none = await api.post("/v1/sign-ups", body, key="k")
    assert (none.status_code, none.json()["code"]) == (409, "number_not_available")


async def test_the_rules_of_the_pool(bare_api: Api) -> None:
    usual = await bare_api.get("/v1/numbers/policy")
    assert usual.json()["quarantine_days"] == 90
    policy = {
        "quarantine_days": 30,
        "reservation_minutes": 5,
        "classes": [{"name": "lucky", "patterns": ["88"]}],
    }
    stale = await bare_api.put("/v1/numbers/policy", policy, headers={"If-Match": '"7"'})
    assert stale.status_code == 412
    response = await bare_api.put("/v1/numbers/policy", policy)
    assert (response.status_code, response.json()) == (200, policy)
    await bare_api.post("/v1/numbers", {"first": "385910000087", "last": "385910000088"})
    lucky = (await bare_api.get("/v1/numbers?number_class=lucky")).json()["items"]
    assert [each["msisdn"] for each in lucky] == ["385910000088"]
    wrong = {**policy, "classes": [{"name": "lucky", "patterns": ["8*"]}]}
    response = await bare_api.put("/v1/numbers/policy", wrong)
    assert (response.status_code, response.json()["code"]) == (422, "number_class_invalid")
    assert response.json()["field"] == "classes[0].patterns[0]"


async def test_a_reserved_number_is_for_who_reserved_it(api: Api) -> None:
    made = await api.post("/v1/numbers/reservations", {"msisdn": "385910000001"})
    assert made.status_code == 201, made.text
    reservation = made.json()["id"]
    assert made.json()["numbers"][0]["state"] == "reserved"
    body = {"product": "basic", "customer": {"name": "Ana"}, "msisdn": "385910000001"}
    refused = await api.post("/v1/sign-ups", body, key="1")
    assert (refused.status_code, refused.json()["code"]) == (409, "number_not_available")
    assert (await api.sign_up())["line"]["msisdn"] == "385910000002"
    assert (await api.sign_up(reservation=reservation))["line"]["msisdn"] == "385910000001"


async def test_a_reservation_expires_or_is_ended(api: Api) -> None:
    first = (await api.post("/v1/numbers/reservations", {"count": 10})).json()
    assert len(first["numbers"]) == 10
    refused = await api.post("/v1/numbers/reservations", {"count": 2})
    assert (refused.status_code, refused.json()["field"]) == (409, "count")
    await pass_time(api)
    line = (await api.sign_up(msisdn="385910000003"))["line"]
    assert line["msisdn"] == "385910000003", "what is over is free before anybody notes it"
    async with api.pool.connection() as connection:
        assert await numbers.end_what_is_over(connection) == 9
    second = (await api.post("/v1/numbers/reservations", {"msisdn": "385910000004"})).json()
    path = f"/v1/numbers/reservations/{second['id']}"
    assert (await api.request("DELETE", path)).json() == {"released": 1}
    assert (await api.request("DELETE", path)).json()["code"] == "number_reservation_not_found"
    assert (await number(api, "385910000004"))["state"] == "available"
    assert (await api.get("/v1/numbers?state=reserved")).json()["items"] == []


async def test_a_number_rests_after_its_line(api: Api) -> None:
    line = (await api.sign_up())["line"]
    await api.patch(f"/v1/lines/{line['id']}", {"status": "closed"})
    resting = await number(api, line["msisdn"])
    assert resting["state"] == "quarantined"
    assert resting["until"] is not None
    body = {"product": "basic", "customer": {"name": "Ana"}, "msisdn": line["msisdn"]}
    refused = await api.post("/v1/sign-ups", body, key=str(uuid4()))
    assert refused.status_code == 409
    await pass_time(api)
    assert (await api.sign_up(msisdn=line["msisdn"]))["line"]["msisdn"] == line["msisdn"]


async def test_numbers_are_frozen_by_hand(api: Api) -> None:
    path = "/v1/numbers/385910000001"
    frozen = await api.patch(path, {"state": "frozen"})
    assert frozen.json()["state"] == "frozen"
    assert (await api.sign_up())["line"]["msisdn"] == "385910000002"
    refused = await api.patch("/v1/numbers/385910000002", {"state": "frozen"})
    assert (refused.status_code, refused.json()["code"]) == (409, "number_state_conflict")
    await api.patch(path, {"state": "available", "number_class": "gold"})
    assert (await number(api, "385910000001"))["number_class"] == "gold"
    unknown = await api.get("/v1/numbers/385919999999")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "number_not_found")


async def test_another_number_for_a_line(api: Api) -> None:
    line = (await api.sign_up())["line"]
    path = f"/v1/lines/{line['id']}/number"
    changed = await api.post(path, {"msisdn": "385910000009"}, key="k")
    assert (changed.status_code, changed.json()["msisdn"]) == (200, "385910000009")
    assert api.engine.applied[-1]["msisdn"] == "385910000009"
    assert (await number(api, line["msisdn"]))["state"] == "quarantined"
    assert (await number(api, "385910000009"))["line_id"] == line["id"]
    assert (await api.get(f"/v1/lines?msisdn={line['msisdn']}")).json()["items"] == []
    again = await api.post(path, {"msisdn": "385910000009"}, key="k")
    assert again.json() == changed.json()
    taken = await api.post(path, {"msisdn": "385910000009"})
    assert (taken.status_code, taken.json()["code"]) == (409, "number_not_available")


async def test_a_sim_swap_is_one_act_and_rests(api: Api) -> None:
    await api.put("/v1/provisioning-targets/x", {"url": "http://x/", "secret": "0123456789abcdef"})
    signed_up = await api.sign_up()
    line, account = signed_up["line"], signed_up["account"]["id"]
    path = f"/v1/lines/{line['id']}/sim-swap"
    swapped = (await api.post(path, {"iccid": iccid(7), "reason": "lost"})).json()
    assert (swapped["iccid"], swapped["imsi"]) == (iccid(7), "219010000000007")
    assert swapped["msisdn"] == line["msisdn"]
    states = {
        each["iccid"]: (each["state"], each["line_id"])
        for each in (await api.get("/v1/sims")).json()["items"]
    }
    assert states[line["iccid"]] == ("lost", line["id"])
    assert states[iccid(7)] == ("in_use", line["id"])
    assert api.engine.applied[-1]["imsi"] == "219010000000007"
    balance = (await api.get(f"/v1/accounts/{account}/balance")).json()
    assert balance["balance"] == "10.00"
    [event, _] = (await api.get(f"/v1/deliveries?line={line['id']}")).json()["items"]
    assert event["event"] == "line.sim_changed"
    assert event["payload"]["previous_imsi"] == line["imsi"]
    soon = await api.post(path, {})
    assert (soon.status_code, soon.json()["code"]) == (409, "sim_swap_too_soon")
    assert (await api.get(f"/v1/sims?imsi={line['imsi']}")).json()["items"][0]["state"] == "lost"
    await api.put("/v1/sims/policy", {"swap_cooling_hours": 0})
    assert (await api.post(path, {})).status_code == 200
    closed = await api.patch(f"/v1/lines/{line['id']}", {"status": "closed"})
    assert closed.status_code == 200
    refused = await api.post(path, {})
    assert (refused.status_code, refused.json()["code"]) == (409, "line_state_conflict")
    assert (await api.get(f"/v1/sims/{line['iccid']}")).json()["state"] == "lost"
