"""Signing up: every refusal beside its field, and a summary after it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.integration.api.conftest import Api, iccid
from tests.integration.pages.browser import Browser
from tests.integration.pages.conftest import LogsIn

PATH = "/staff/sign-up"
GOOD = {
    "customer.name": "Marko Marić",
    "customer.email": "marko@example.net",
    "product": "basic",
    "addons": ["pack", "twice"],
    "msisdn": "+385 91 000 0004",
    "iccid": iccid(4),
    "status": "preactive",
    "initial_top_up.amount": "12.50",
}


async def test_all_of_it_in_one_form(staff: Browser, rich_api: Api) -> None:
    page = await staff.open(PATH)
    done = await page.send(PATH, GOOD)
    assert done.status == 303, done.text
    again = await page.send(PATH, GOOD)  # a second click signs nobody up twice
    assert again.goes_to == done.goes_to
    shown = await done.follow()
    for said in ("Marko Marić", "+385910000004", iccid(4), "twice, pack", "Pre-active", "€12.50"):
        assert said in shown.text, said
    assert await rich_api.count("subscriber_line") == 1
    (line,) = (await rich_api.get("/v1/lines")).json()["items"]
    assert (line["msisdn"], line["status"]) == ("385910000004", "preactive")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"customer.name": ""}, "customer.name"),
        ({"customer.email": "no address"}, "customer.email"),
        ({"customer.external_id": "crm-1"}, "customer.external_id"),
        ({"customer_id": "01a21b9e-5dd2-7c46-a383-d5878d035000"}, "customer_id"),
        ({"addons": ["pack"], "product": "plus"}, "addons"),
        ({"msisdn": "+385 91 999 9999"}, "msisdn"),
        ({"msisdn": "x"}, "msisdn"),
        ({"iccid": iccid(77)}, "iccid"),
        ({"initial_top_up.amount": "1,5"}, "initial_top_up.amount"),
    ],
    ids=str,
)
async def test_a_refusal_stands_beside_its_field(
    staff: Browser, rich_api: Api, wrong: dict[str, Any], field: str
) -> None:
    taken = {"name": "Ana", "external_id": "crm-1"}
    assert (await rich_api.post("/v1/customers", taken)).status_code == 201
    refused = await (await staff.open(PATH)).send(PATH, {**GOOD, **wrong})
    assert refused.status >= 400
    assert refused.complaint(field), refused.part("content")
    kept = {**GOOD, **wrong}
    for name in ("customer.email", "msisdn", "iccid", "status", "initial_top_up.amount"):
        assert refused.typed(PATH, name) == kept[name]
    assert await rich_api.count("subscriber_line") == 0


async def test_somebody_we_know(staff: Browser, rich_api: Api) -> None:
    customer = (await rich_api.post("/v1/customers", {"name": "Ana"})).json()["id"]
    page = await staff.open(f"{PATH}?customer={customer}")
    assert page.typed(PATH, "customer_id") == customer
    done = await page.send(PATH, {"product": "plus"})
    assert "Ana is signed up." in (await done.follow()).text


async def test_without_a_catalogue_it_says_what_to_do(staff: Browser, bare_api: Api) -> None:
    assert "Publish a catalogue" in (await staff.open(PATH)).text


async def test_who_may_not(logs_in: LogsIn, rich_api: Api, elsewhere: Api) -> None:
    viewer = await logs_in("viewer", realm="care")
    assert (await viewer.ask(PATH)).status == 403
    line = (await rich_api.sign_up())["line"]["id"]
    stranger = await logs_in(at=elsewhere, tenant="other")
    assert (await stranger.ask(f"{PATH}/{line}")).status == 404
