"""Provisioning on the staff pages: targets, the queue, dead letters, what a register holds."""

from __future__ import annotations

import pytest
from tests.integration.api.test_delivery import SECRET
from tests.integration.pages.browser import Browser
from tests.integration.pages.conftest import Api, LogsIn
from tests.integration.pages.test_sims import last_entry

HOME = "/staff/provisioning"
NEW = f"{HOME}/targets/new"
CARRIER = f"{HOME}/targets/carrier"

TEMPLATE = """
requests:
  - on: [line.activated, line.blocked]
    method: PUT
    path: /subscribers/{imsi}
    body: {number: "+{msisdn}", active: true, since: 2026-01-31}
"""
HTTP = {"name": "carrier", "kind": "http", "url": "http://carrier.example/api"}


async def test_a_target_is_set_and_every_mistake_stands_beside_its_field(
    api: Api, staff: Browser
) -> None:
    assert "Nobody is told yet" in (await staff.open(HOME)).text
    for typed, field, said in (
        ({"name": ""}, "name", "name"),
        ({"name": "Carrier"}, "name", "lower-case"),
        ({"url": "ftp://x"}, "url", "such as"),
        ({"kind": "webhook", "template": ""}, "secret", "needs a secret"),
        ({"kind": "webhook", "template": "", "secret": "short"}, "secret", "16"),
        ({"template": ""}, "template", "needs a template"),
        ({"template": "requests: [\n  {"}, "template", "Line"),
        ({"template": "a: &a [1]\nb: *a"}, "template", "aliases"),
        ({"template": "[" * 40}, "template", "deep"),
        ({"template": '{"requests": []}'}, "template", "requests"),
        ({"template": TEMPLATE.replace("PUT", "FETCH")}, "template", "requests[0].method"),
    ):
        sent = {**HTTP, "template": TEMPLATE, **typed}
        refused = await (await staff.open(NEW)).send(NEW, sent)
        assert refused.status in (400, 422), typed
        assert said in refused.complaint(field), (typed, refused.complaint(field))
        assert refused.typed(NEW, "url") == sent["url"]
        assert refused.typed(NEW, "template").strip() == sent["template"].strip()
        assert refused.typed(NEW, "secret") == "", "secrets are not sent back"
    assert (await api.get("/v1/provisioning-targets")).json() == []

    set_now = await (await staff.open(NEW)).send(NEW, {**HTTP, "template": TEMPLATE})
    shown = await set_now.follow()
    assert shown.typed(CARRIER, "url") == HTTP["url"]
    assert "line.activated" in shown.typed(CARRIER, "template")
    [target] = (await api.get("/v1/provisioning-targets")).json()
    body = target["template"]["requests"][0]
    assert body["on"] == ["line.activated", "line.blocked"]
    assert body["body"] == {"number": "+{msisdn}", "active": True, "since": "2026-01-31"}
    assert (await last_entry(api, "provisioning_target.set"))["subject_id"] == "carrier"

    off = await shown.send(CARRIER, {"enabled": None, "events": "line.blocked port."})
    assert off.status == 303
    [changed] = (await api.get("/v1/provisioning-targets")).json()
    assert changed["template"] == target["template"], "as it was shown it is sent again"
    assert (changed["enabled"], changed["events"]) == (False, ["line.blocked", "port."])
    every = await (await staff.open(CARRIER)).send(CARRIER, all_events="true")
    assert every.status == 303
    assert "Disabled" in (await staff.open(HOME)).text
    [changed] = (await api.get("/v1/provisioning-targets")).json()
    assert changed["events"] == []


async def test_a_register_needs_a_right_of_its_own(api: Api, logs_in: LogsIn) -> None:
    register = {"name": "hlr", "kind": "osmo_hlr", "url": "osmo-hlr://127.0.0.1:9?vty=9"}
    staff = await logs_in()
    refused = await (await staff.open(NEW)).send(NEW, register)
    assert refused.status == 403
    assert "registers" in refused.text
    scopes = ["provisioning:read", "provisioning:write", "registers:write"]
    keeper = await logs_in(scopes=scopes)
    done = await (await keeper.open(NEW)).send(NEW, register)
    here = f"{HOME}/targets/hlr"
    assert f"{here}/drift" in (await done.follow()).links
    silent = await keeper.ask(f"{here}/drift")
    assert silent.status == 502
    assert "does not answer" in silent.text
    part = await keeper.ask(f"{here}/drift", fragment=True)
    assert part.status == 200, "htmx shows it"
    assert "does not answer" in part.text
    nobody = await logs_in("viewer", realm="care")
    assert (await nobody.ask(HOME)).status == 403
    assert HOME not in (await nobody.open("/staff/sims")).links


@pytest.fixture
async def dead_letter(api: Api) -> str:
    """A delivery that was given up, as the path of its page."""
    body = {"url": "http://crm.example.net/", "secret": SECRET}
    assert (await api.put("/v1/provisioning-targets/crm", body)).status_code == 201
    await api.sign_up()
    async with api.pool.connection() as connection:
        await connection.execute(
            "UPDATE outbox_delivery SET state = 'dead', attempts = 12, last_error = 'HTTP 422: no'"
        )
    [dead] = (await api.get("/v1/deliveries?state=dead")).json()["items"]
    return f"{HOME}/deliveries/crm/{dead['event_id']}"


async def test_dead_letters_are_seen_tried_again_and_given_up(
    api: Api, staff: Browser, dead_letter: str, elsewhere: Api, logs_in: LogsIn
) -> None:
    queues = await staff.ask(f"{HOME}/parts/queues", fragment=True)
    assert "every 5s" in queues.html
    assert f"{HOME}/deliveries?state=dead&target=crm" in queues.links
    listed = await staff.open(f"{HOME}/deliveries?state=dead&target=crm")
    assert dead_letter in listed.links
    assert "HTTP 422" in listed.text
    wrong = await staff.ask(f"{HOME}/deliveries?line=nonsense")
    assert wrong.complaint("line")

    page = await staff.open(dead_letter)
    assert "msisdn: '385910000001'" in page.text, "what it says"
    again = await page.send(f"{dead_letter}/replay")
    assert "Pending" in (await again.follow()).text
    await last_entry(api, "delivery.replayed")
    async with api.pool.connection() as connection:
        await connection.execute("UPDATE outbox_delivery SET state = 'dead'")
    page = await staff.open(dead_letter)
    await api.post(f"/v1/{dead_letter.removeprefix(f'{HOME}/')}/replay")
    late = await page.send(f"{dead_letter}/discard")
    assert late.status == 409
    assert "not a dead letter" in late.text

    async with api.pool.connection() as connection:
        await connection.execute("UPDATE outbox_delivery SET state = 'dead'")
    target = await staff.open(f"{HOME}/targets/crm")
    all_again = await target.send(f"{HOME}/targets/crm/replay")
    assert "One dead letter is tried again" in (await all_again.follow()).text
    async with api.pool.connection() as connection:
        await connection.execute("UPDATE outbox_delivery SET state = 'dead'")
    given_up = await (await staff.open(dead_letter)).send(f"{dead_letter}/discard")
    assert "Discarded" in (await given_up.follow()).text

    auditor = await logs_in("auditor")
    seen = await auditor.open(f"{HOME}/targets/crm")
    assert [form.action for form in seen.forms if HOME in form.action] == []
    stranger = await logs_in(at=elsewhere, tenant="other")
    assert (await stranger.ask(dead_letter)).status == 404
    assert (await stranger.ask(f"{HOME}/targets/crm")).status == 404
