"""Customers: listed, recorded, at a glance, changed."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from tests.integration.api.conftest import Api
from tests.integration.pages.browser import Browser
from tests.integration.pages.conftest import LogsIn


@pytest.fixture
async def signed_up(rich_api: Api) -> dict[str, Any]:
    return await rich_api.sign_up()


async def test_a_customer_is_recorded_below_another(
    staff: Browser, api: Api, signed_up: dict[str, Any]
) -> None:
    above = signed_up["customer"]["id"]
    page = await staff.open(f"/staff/customers/new?parent={above}")
    refused = await page.send("/staff/customers/new", name="", email="ana@example.net")
    assert (refused.status, bool(refused.complaint("name"))) == (400, True)
    assert refused.typed("/staff/customers/new", "email") == "ana@example.net"
    typed = {"name": "Branch", "kind": "organization", "role": "sub", "parent_id": above}
    done = await refused.send("/staff/customers/new", typed)
    shown = await done.follow()
    assert "The customer is recorded." in shown.text
    assert "Ana Horvat" in shown.part("content")
    listed = await staff.open("/staff/customers")
    assert "Branch" in listed.text
    assert "Ana Horvat" in listed.part("content")
    below = await staff.open(f"/staff/customers/{above}/below")
    assert "Branch" in below.text
    (entry,) = (
        await api.get("/v1/audit", params={"action": "customer.created", "limit": 1})
    ).json()["items"]
    assert entry["after"]["name"] == "Branch"


async def test_a_customer_at_a_glance(
    staff: Browser, rich_api: Api, signed_up: dict[str, Any]
) -> None:
    path = f"/staff/customers/{signed_up['customer']['id']}"
    shown = await staff.open(path)
    for said in ("Ana Horvat", f"+{signed_up['line']['msisdn']}", "€8.50 available", "Basic"):
        assert said in shown.text, said
    assert f"/staff/accounts/{signed_up['account']['id']}" in shown.links
    assert f"+{signed_up['line']['msisdn']}" in (await staff.open(f"{path}/lines")).text
    rich_api.engine.available = False
    assert "Ana Horvat" in (await staff.open(path)).text


async def test_edit_mark_move_defaults(staff: Browser, api: Api, signed_up: dict[str, Any]) -> None:
    customer = signed_up["customer"]["id"]
    path, call = f"/staff/customers/{customer}", f"/v1/customers/{customer}"
    page = await staff.open(f"{path}/edit")
    assert page.typed(f"{path}/edit", "name") == "Ana Horvat"
    refused = await page.send(f"{path}/edit", email="no address", phone="+385 1 2345")
    assert refused.complaint("email")
    assert refused.typed(f"{path}/edit", "phone") == "+385 1 2345"
    assert (await refused.send(f"{path}/edit", email="ana@example.net")).status == 303
    assert (await api.get(call)).json()["email"] == "ana@example.net"
    assert (await (await staff.open(f"{path}/edit")).send(f"{path}/edit", email="")).status == 303
    assert (await api.get(call)).json()["email"] is None

    page = await staff.open(f"{path}/status")
    done = await page.send(f"{path}/status", {"marks": ["blocked", "frozen"], "reason": "letter"})
    assert done.goes_to == f"{path}?done=status-set"
    shown = await staff.open(path)
    assert "its own mark" in shown.text
    assert "Barred" in shown.text
    (entry,) = (
        await api.get("/v1/audit", params={"subject_id": customer, "kind": "change", "limit": 1})
    ).json()["items"]
    assert "blocked" in str(entry["after"])
    assert (await page.send(f"{path}/status", {"marks": []})).status == 303
    assert (await api.get(f"{call}/status")).json()["status"] == "ok"

    above = (await api.post("/v1/customers", {"name": "Above"})).json()["id"]
    page = await staff.open(f"{path}/move")
    refused = await page.send(f"{path}/move", parent_id=str(uuid4()), reason="bought")
    assert refused.complaint("parent_id")
    assert refused.typed(f"{path}/move", "reason") == "bought"
    assert (await refused.send(f"{path}/move", parent_id=above)).status == 303
    assert "Above" in (await staff.open(path)).text

    page = await staff.open(f"{path}/defaults")
    refused = await page.send(f"{path}/defaults", {"defaults.credit_limit": "many"})
    assert refused.complaint("defaults.credit_limit")
    typed = {"defaults.credit_limit": "5.00", "defaults.payment_terms_days": "14"}
    assert (await refused.send(f"{path}/defaults", typed)).status == 303
    held = (await api.get(f"{call}/defaults")).json()["defaults"]
    assert held == {"credit_limit": "5.00", "payment_terms_days": 14}


async def test_account_pages(staff: Browser, rich_api: Api, signed_up: dict[str, Any]) -> None:
    account = signed_up["account"]["id"]
    path = f"/staff/accounts/{account}"
    shown = await staff.open(path)
    for said in ("€8.50 available", "Ana Horvat", "Limits and warnings", "Saved methods"):
        assert said in shown.text, said

    page = await staff.open(f"{path}/limits")
    typed = {"temporary_limit.amount": "5.00", "temporary_limit.until": "2020-01-01T10:00"}
    refused = await page.send(f"{path}/limits", typed)
    assert refused.complaint("temporary_limit.until"), refused.text
    assert refused.typed(f"{path}/limits", "temporary_limit.amount") == "5.00"
    typed = {"temporary_limit.amount": "", "temporary_limit.until": "", "credit_limit": "7.50"}
    assert (await refused.send(f"{path}/limits", typed)).status == 303
    assert (await rich_api.get(f"/v1/accounts/{account}")).json()["credit_limit"] == "7.50"

    page = await staff.open(f"{path}/lines")
    refused = await page.send(f"{path}/lines", msisdn="+385 1", product="plus")
    assert refused.complaint("msisdn"), refused.text
    opened = await refused.send(f"{path}/lines", msisdn="+385 91 000 0009", product="plus")
    assert "+385910000009" in (await opened.follow()).text

    await rich_api.put("/v1/payment-providers/desk", {"kind": "cash_desk"})
    page = await staff.open(f"{path}/payment")
    refused = await page.send(f"{path}/payment", amount="none", reference="slip 8")
    assert refused.complaint("amount")
    assert refused.typed(f"{path}/payment", "reference") == "slip 8"
    done = await refused.send(f"{path}/payment", amount="5.00")
    assert done.goes_to.startswith("/staff/payments/")

    terms = {"least": "1.00", "most": "5.00"}
    assert (await rich_api.put("/v1/transfer-terms/EUR", terms)).is_success
    other = await rich_api.sign_up()
    page = await staff.open(f"{path}/transfer")
    refused = await page.send(f"{path}/transfer", to="+1 2", amount="2.00")
    assert refused.complaint("to")
    done = await refused.send(f"{path}/transfer", to=f"+{other['line']['msisdn']}", amount="2.00")
    assert done.goes_to == f"{path}?done=transferred", done.text


async def test_who_may_not(
    logs_in: LogsIn, api: Api, elsewhere: Api, signed_up: dict[str, Any]
) -> None:
    nobody = await logs_in(scopes=["catalog:read"])
    customer = f"/staff/customers/{signed_up['customer']['id']}"
    account = f"/staff/accounts/{signed_up['account']['id']}"
    for path in ("/staff/customers", customer, account):
        assert (await nobody.ask(path)).status == 403, path
    viewer = await logs_in("viewer", realm="care")
    assert not [link for link in (await viewer.open(customer)).links if link.endswith("/edit")]
    for path in (f"{customer}/edit", f"{account}/top-up", "/staff/customers/new"):
        assert (await viewer.ask(path)).status == 403, path
    stranger = await logs_in(at=elsewhere, tenant="other")
    for path in (
        customer,
        f"{customer}/edit",
        account,
        f"{account}/limits",
        f"{account}/parts/money",
    ):
        assert (await stranger.ask(path)).status == 404, path
