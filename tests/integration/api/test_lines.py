"""Lines: status, product, identities, resources, events."""

from __future__ import annotations

from uuid import uuid4

from tests.integration.api.conftest import Api, iccid, new_api


async def test_who_blocked_a_line_says_who_may_end_it(api: Api) -> None:
    line = (await api.sign_up())["line"]
    path = f"/v1/lines/{line['id']}"

    async def change(status: str, by: str) -> tuple[int, str | None]:
        response = await api.patch(path, {"status": status, "by": by})
        body = response.json()
        return response.status_code, body.get("code", body.get("blocked_by"))

    assert await change("blocked", "subscriber") == (200, "subscriber")
    assert await change("active", "subscriber") == (200, None)
    assert await change("blocked", "subscriber") == (200, "subscriber")
    assert await change("blocked", "staff") == (200, "staff")
    assert await change("blocked", "subscriber") == (200, "staff")
    assert await change("active", "subscriber") == (409, "line_blocked_by_other")
    assert await change("blocked", "fraud") == (200, "fraud")
    assert await change("active", "staff") == (409, "line_blocked_by_other")
    assert await change("closed", "staff") == (409, "line_blocked_by_other")
    assert await change("active", "fraud") == (200, None)
    statuses = [c["status"] for c in api.engine.applied if c["type"] == "change_line"]
    assert statuses == ["blocked", "active", "blocked", "blocked", "blocked", "active"]


async def test_block_and_unblock(api: Api) -> None:
    line = (await api.sign_up())["line"]
    path = f"/v1/lines/{line['id']}"
    blocked = await api.patch(path, {"status": "blocked"})
    assert (blocked.status_code, blocked.json()["status"]) == (200, "blocked")
    assert api.engine.applied[-1]["type"] == "change_line"
    assert api.engine.applied[-1]["status"] == "blocked"
    assert "product" not in api.engine.applied[-1]
    count = len(api.engine.applied)
    again = await api.patch(path, {"status": "blocked"})
    assert again.status_code == 200
    assert again.headers["ETag"] == blocked.headers["ETag"]
    assert len(api.engine.applied) == count
    active = await api.patch(path, {"status": "active"})
    assert active.json()["status"] == "active"


async def test_change_of_product(api: Api) -> None:
    line = (await api.sign_up())["line"]
    path = f"/v1/lines/{line['id']}"
    changed = await api.patch(path, {"product": "plus"})
    assert changed.json()["product"] == "plus"
    assert api.engine.applied[-1]["product"] == "plus"
    unknown = await api.patch(path, {"product": "gold"})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "product_unknown")


async def test_a_stale_etag_changes_nothing(api: Api) -> None:
    line = (await api.sign_up())["line"]
    path = f"/v1/lines/{line['id']}"
    tag = (await api.get(path)).headers["ETag"]
    first = await api.patch(path, {"status": "blocked"}, headers={"If-Match": tag})
    assert first.status_code == 200
    stale = await api.patch(path, {"status": "active"}, headers={"If-Match": tag})
    assert (stale.status_code, stale.json()["code"]) == (412, "version_mismatch")
    assert (await api.get(path)).json()["status"] == "blocked"


async def test_closing_gives_identities_back(api: Api) -> None:
    line = (await api.sign_up(msisdn="385910000005", iccid=iccid(5)))["line"]
    path = f"/v1/lines/{line['id']}"
    assert (await api.patch(path, {"status": "closed"})).status_code == 200
    reopened = await api.patch(path, {"status": "active"})
    assert (reopened.status_code, reopened.json()["code"]) == (409, "line_state_conflict")
    assert (await api.get("/v1/lines?msisdn=385910000005")).json()["items"] == []
    numbers = (await api.get("/v1/numbers?state=quarantined")).json()["items"]
    assert [number["msisdn"] for number in numbers] == ["385910000005"]
    sims = (await api.get("/v1/sims?state=disposed")).json()["items"]
    assert [sim["iccid"] for sim in sims] == [iccid(5)]


async def test_an_identity_has_one_live_line_in_the_installation(api: Api) -> None:
    await api.sign_up(msisdn="385910000001", iccid=iccid(1))
    other = await new_api(api.pool, api.client, api.engine, "other")
    catalog = (await api.get("/v1/catalog")).json()["document"]
    await other.post("/v1/catalog/versions?publish=true", catalog)
    await other.post("/v1/numbers", {"first": "385910000001"})
    await other.post(
        "/v1/sims/imports",
        content=f"iccid,imsi\n{iccid(50)},219010000000050\n",
        headers={"Content-Type": "text/csv"},
    )
    body = {"product": "basic", "customer": {"name": "Eve"}}
    response = await other.post("/v1/sign-ups", body, key="k")
    problem = response.json()
    assert (response.status_code, problem["code"]) == (409, "identity_in_use")
    assert problem["field"] == "msisdn"
    assert await other.count("customer") == 0


async def test_a_further_line_shares_the_account(api: Api) -> None:
    account = (await api.sign_up())["account"]["id"]
    added = await api.post(f"/v1/accounts/{account}/lines", {"product": "plus"})
    assert added.status_code == 201
    assert added.json()["account_id"] == account
    lines = (await api.get(f"/v1/lines?account={account}")).json()["items"]
    assert [line["product"] for line in lines] == ["plus", "basic"]


async def test_events_are_in_order(api: Api) -> None:
    target = {"url": "http://127.0.0.1:9/hlr", "secret": "0123456789abcdef"}
    assert (await api.put("/v1/provisioning-targets/hlr", target)).status_code == 201
    line = (await api.sign_up())["line"]
    path = f"/v1/lines/{line['id']}"
    await api.patch(path, {"status": "blocked"})
    await api.patch(path, {"status": "active", "product": "plus"})
    deliveries = (await api.get(f"/v1/deliveries?line={line['id']}")).json()["items"]
    assert [(each["sequence"], each["event"]) for each in reversed(deliveries)] == [
        (1, "line.activated"),
        (2, "line.blocked"),
        (3, "line.activated"),
        (4, "line.product_changed"),
    ]
    assert deliveries[-1]["payload"]["imsi"] == line["imsi"]


async def test_sessions_are_ended_by_order(api: Api) -> None:
    line = (await api.sign_up())["line"]["id"]
    path = f"/v1/lines/{line}/session-aborts"
    all_open = await api.post(path, {}, key="a-1")
    assert (all_open.status_code, all_open.json()) == (
        201,
        {"line_id": line, "status": "ordered", "session_ids": ["open;1"]},
    )
    assert (await api.post(path, {}, key="a-1")).json() == all_open.json()
    command = api.engine.applied[-1]
    assert (command["type"], command["line"], command["session"]) == ("abort_session", line, None)
    named = await api.post(path, {"session_id": "open;1"})
    assert named.json()["session_ids"] == ["open;1"]
    unknown = await api.post(path, {"session_id": "closed;1"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "session_unknown")
    stranger = await api.post(f"/v1/lines/{uuid4()}/session-aborts", {})
    assert (stranger.status_code, stranger.json()["code"]) == (404, "line_not_found")
    entries = await api.get(f"/v1/audit?subject_type=line&subject_id={line}")
    actions = [entry["action"] for entry in entries.json()["items"]]
    assert actions.count("line.sessions_aborted") == 3
    api.engine.available = False
    pending = await api.post(path, {})
    assert (pending.status_code, pending.json()["status"]) == (202, "pending")


async def test_a_reason_is_kept_and_lines_are_listed_by_customer(api: Api) -> None:
    first, second = await api.sign_up(), await api.sign_up()
    path = f"/v1/lines/{first['line']['id']}"
    await api.patch(path, {"status": "blocked", "reason": "phone reported lost"})
    (entry,) = (
        await api.get("/v1/audit", params={"subject_id": first["line"]["id"], "kind": "change"})
    ).json()["items"][:1]
    assert (entry["action"], entry["after"]["reason"]) == ("line.blocked", "phone reported lost")
    of_second = await api.get("/v1/lines", params={"customer": second["customer"]["id"]})
    assert [line["id"] for line in of_second.json()["items"]] == [second["line"]["id"]]
