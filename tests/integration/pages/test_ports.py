"""Porting on the staff pages: asking for a number, following it, giving it up."""

from __future__ import annotations

from tests.integration.api.clearing_house import SECRET
from tests.integration.pages.browser import Browser
from tests.integration.pages.conftest import Api, LogsIn

NEW = "/staff/ports/new"


async def test_a_number_is_asked_for_followed_and_given_up(
    api: Api, staff: Browser, elsewhere: Api, logs_in: LogsIn
) -> None:
    typed = {"msisdn": "+385 98 111 1111", "donor": "operator-b"}
    alone = await (await staff.open(NEW)).send(NEW, typed)
    assert alone.status == 409
    assert "/staff/provisioning/targets/new" in alone.links, "where a clearing house is set"
    assert alone.typed(NEW, "msisdn") == "+385 98 111 1111"

    house = {"kind": "clearing_house", "url": "http://clearing.example", "secret": SECRET}
    assert (await api.put("/v1/provisioning-targets/house", house)).status_code == 201
    line = (await api.sign_up())["line"]
    for wrong, field in (
        ({"msisdn": "12"}, "msisdn"),
        ({"msisdn": line["msisdn"]}, "msisdn"),
        ({"donor": ""}, "donor"),
        ({"line_id": "385910000009"}, "line_id"),
        ({"scheduled_at": "2020-01-01T10:00"}, "scheduled_at"),
    ):
        refused = await (await staff.open(NEW)).send(NEW, {**typed, **wrong})
        assert refused.complaint(field) or "number is ours" in refused.text, wrong
        assert refused.typed(NEW, field) == wrong[field]
    assert (await api.get("/v1/ports")).json()["items"] == []

    asked = await (await staff.open(NEW)).send(NEW, {**typed, "line_id": f"+{line['msisdn']}"})
    port = await asked.follow()
    assert "Asked for the number" in port.text
    assert f"/staff/lines/{line['id']}" in port.links
    here = asked.goes_to.partition("?")[0]
    moving = await staff.ask(f"{here}/parts/history", fragment=True)
    assert "every 5s" in moving.html
    assert "<html" not in moving.html
    listed = await staff.open("/staff/ports?state=requested&msisdn=%2B385981111111")
    assert here in listed.links
    assert here not in (await staff.open("/staff/ports?state=rejected")).links

    reader = await logs_in(scopes=["porting:read"])
    seen = await reader.open(here)
    assert "Give it up" not in seen.text
    assert "/staff/numbers" not in seen.links
    stranger = await logs_in(at=elsewhere, tenant="other")
    assert (await stranger.ask(here)).status == 404

    gone = await (await staff.open(here)).send(f"{here}/cancel", reason="stays there")
    after = await gone.follow()
    assert "Cancelled" in after.text
    assert "stays there" in after.text
    assert "every 5s" not in after.html
    late = await port.send(f"{here}/cancel")
    assert late.status == 409
    actions = [each["action"] for each in (await api.get("/v1/audit")).json()["items"]]
    assert "port.cancelled" in actions
