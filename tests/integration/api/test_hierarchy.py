"""The tree of customers: statuses and defaults come down it, subtrees move."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from tests.integration.api.conftest import Api


async def customer(api: Api, name: str, parent: str | None = None, **more: Any) -> str:
    response = await api.post("/v1/customers", {"name": name, "parent_id": parent, **more})
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


async def chain(api: Api, *names: str) -> list[str]:
    """Each below the one before it."""
    ids: list[str] = []
    for name in names:
        ids.append(await customer(api, name, ids[-1] if ids else None))
    return ids


async def line_of(api: Api, customer_id: str) -> dict[str, Any]:
    body = {"product": "basic", "customer_id": customer_id}
    response = await api.post("/v1/sign-ups", body, key=str(uuid4()))
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()["line"]
    return made


async def mark(api: Api, customer_id: str, *marks: str) -> dict[str, Any]:
    body = {"marks": list(marks), "reason": "test"}
    response = await api.put(f"/v1/customers/{customer_id}/status", body)
    assert response.status_code == 200, response.text
    shown: dict[str, Any] = response.json()
    return shown


def told(api: Api, line: dict[str, Any]) -> list[str]:
    """The statuses the engine was told for a line."""
    return [
        command["status"]
        for command in api.engine.applied
        if command["type"] == "change_line" and command["line"] == line["id"]
    ]


async def shown(api: Api, line: dict[str, Any]) -> tuple[str, bool]:
    view = (await api.get(f"/v1/lines/{line['id']}")).json()
    return view["status"], view["barred"]


async def test_a_block_at_the_top_reaches_the_lines_at_the_bottom(api: Api) -> None:
    top, *_, bottom = await chain(api, "MVNE", "Reseller", "Sub", "Branch", "Desk")
    beside = await customer(api, "Other")
    deep, own, other = [await line_of(api, each) for each in (bottom, top, beside)]

    assert (await mark(api, top, "blocked"))["status"] == "blocked"
    assert told(api, deep) == told(api, own) == ["suspended"]
    assert told(api, other) == []
    assert await shown(api, deep) == ("active", True)
    assert await shown(api, other) == ("active", False)
    status = (await api.get(f"/v1/customers/{bottom}/status")).json()
    assert status == {
        "status": "reseller_blocked",
        "causes": [{"status": "reseller_blocked", "customer_id": top}],
        "marks": [],
        "with_money": True,
    }
    refused = await api.post(
        "/v1/sign-ups", {"product": "basic", "customer_id": bottom}, key=str(uuid4())
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "customer_barred")
    further = await api.post(f"/v1/accounts/{deep['account_id']}/lines", {"product": "basic"})
    assert further.json()["code"] == "customer_barred"

    await mark(api, top, "blocked")
    assert told(api, deep) == ["suspended"], "nothing new"
    await mark(api, top)
    assert told(api, deep) == ["suspended", "active"]
    assert await shown(api, deep) == ("active", False)
    entries = (await api.get(f"/v1/audit?subject_id={top}&action=customer.status_changed")).json()
    assert [entry["after"]["marks"] for entry in entries["items"]] == [[], ["blocked"]]


async def test_a_line_keeps_its_own_status_beside_it(api: Api) -> None:
    top, bottom = await chain(api, "Top", "Bottom")
    line = await line_of(api, bottom)
    path = f"/v1/lines/{line['id']}"
    await api.patch(path, {"status": "blocked"})
    await mark(api, top, "suspended")
    assert await shown(api, line) == ("blocked", True)
    await mark(api, bottom, "blocked")
    await mark(api, top)
    assert await shown(api, line) == ("blocked", True), "still for the bottom's own sake"
    assert (await api.patch(path, {"status": "active"})).json()["status"] == "active"
    assert told(api, line) == ["blocked", "suspended"], "active, but the customer is blocked"
    await mark(api, bottom, "limited", "frozen")
    assert told(api, line) == ["blocked", "suspended", "active"]
    assert (await api.get(f"/v1/customers/{bottom}/status")).json()["status"] == "limited"


async def test_other_systems_hear_of_it(api: Api) -> None:
    target = {"url": "https://hlr.example/events", "secret": "0123456789abcdef"}
    await api.put("/v1/provisioning-targets/hlr", target)
    top, bottom = await chain(api, "Top", "Bottom")
    line = await line_of(api, bottom)
    await mark(api, top, "closed")
    await mark(api, top)
    deliveries = (await api.get(f"/v1/deliveries?line={line['id']}")).json()["items"]
    events = [each["event"] for each in sorted(deliveries, key=lambda each: each["sequence"])]
    assert events == ["line.activated", "line.suspended", "line.activated"]


async def test_a_subtree_moves_with_its_history(api: Api) -> None:
    old, branch, leaf = await chain(api, "Old", "Branch", "Leaf")
    new = await customer(api, "New", role="reseller")
    line = await line_of(api, leaf)
    await mark(api, new, "blocked")
    path = f"/v1/customers/{branch}/moves"
    moved = await api.post(path, {"parent_id": new, "reason": "sold"}, key="m")
    assert moved.status_code == 201, moved.text
    assert (moved.json()["from_id"], moved.json()["to_id"]) == (old, new)
    assert (await api.post(path, {"parent_id": new, "reason": "sold"}, key="m")).json() == (
        moved.json()
    )
    assert told(api, line) == ["suspended"], "the new place is blocked"
    above = (await api.get(f"/v1/customers/{leaf}/ancestors")).json()
    assert [each["id"] for each in above] == [branch, new]
    below = (await api.get(f"/v1/customers?parent={new}")).json()["items"]
    assert [each["id"] for each in below] == [branch]
    assert (await api.post(path, {"parent_id": None})).status_code == 201
    assert told(api, line) == ["suspended", "active"]
    history = (await api.get(path)).json()["items"]
    assert [(each["from_id"], each["to_id"]) for each in history] == [(new, None), (old, new)]
    assert history[1]["reason"] == "sold"


async def test_no_customer_is_below_itself(api: Api) -> None:
    top, middle, leaf = await chain(api, "Top", "Middle", "Leaf")
    for parent in (top, middle, leaf):
        refused = await api.post(f"/v1/customers/{top}/moves", {"parent_id": parent})
        assert (refused.status_code, refused.json()["code"]) == (409, "move_into_itself")
    unknown = await api.post(f"/v1/customers/{top}/moves", {"parent_id": str(uuid4())})
    assert (unknown.status_code, unknown.json()["field"]) == (422, "parent_id")
    wrong = await api.post("/v1/customers", {"name": "X", "parent_id": str(uuid4())})
    assert wrong.json()["code"] == "parent_unknown"
    # Each below the other at the same time: one is too late.
    one, two = await customer(api, "One"), await customer(api, "Two")
    answers = await asyncio.gather(
        api.post(f"/v1/customers/{one}/moves", {"parent_id": two}),
        api.post(f"/v1/customers/{two}/moves", {"parent_id": one}),
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]


async def test_defaults_come_down_the_tree(api: Api) -> None:
    top, middle, leaf = await chain(api, "Top", "Middle", "Leaf")
    await api.put(
        "/v1/customer-classes/business",
        {"defaults": {"time_zone": "Europe/Zagreb", "language": "hr", "credit_limit": "50.00"}},
    )
    await api.put(
        f"/v1/customers/{top}/defaults",
        {"class_name": "business", "defaults": {"low_balance": "3.00", "language": "en"}},
    )
    await api.put(f"/v1/customers/{middle}/defaults", {"defaults": {"credit_limit": "20.00"}})
    view = (await api.get(f"/v1/customers/{leaf}/defaults")).json()
    assert view["defaults"] == {}
    assert view["in_force"] == {
        "credit_limit": {"value": "20.00", "customer_id": middle, "class_name": None},
        "language": {"value": "en", "customer_id": top, "class_name": None},
        "low_balance": {"value": "3.00", "customer_id": top, "class_name": None},
        "time_zone": {"value": "Europe/Zagreb", "customer_id": top, "class_name": "business"},
    }
    line = await line_of(api, leaf)
    account = (await api.get(f"/v1/accounts/{line['account_id']}")).json()
    assert (account["credit_limit"], account["low_balance"]) == ("20.00", "3.00")
    assert account["time_zone"] == "Europe/Zagreb"
    [change] = [c for c in api.engine.applied if c["type"] == "change_account"]
    assert (change["credit_limit"], change["time_zone"]) == (20_000_000, "Europe/Zagreb")
    in_use = await api.request("DELETE", "/v1/customer-classes/business")
    assert in_use.json()["code"] == "customer_class_in_use"
    await api.put(f"/v1/customers/{top}/defaults", {})
    assert (await api.request("DELETE", "/v1/customer-classes/business")).status_code == 204
    assert (await api.get("/v1/customer-classes")).json() == []
    # A name that no customer could be given is none for a class.
    answer = await api.put("/v1/customer-classes/Business", {"defaults": {}})
    assert (answer.status_code, answer.json()["field"]) == (400, "class_name")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"class_name": "nonsense"}, "customer_class_unknown", "class_name"),
        ({"defaults": {"credit_limit": "1.1234567"}}, "amount_precision", "defaults.credit_limit"),
        ({"defaults": {"colour": "red"}}, "request_malformed", "defaults.colour"),
    ],
)
async def test_what_defaults_cannot_be(
    api: Api, body: dict[str, Any], code: str, field: str
) -> None:
    made = await customer(api, "Top")
    refused = await api.put(f"/v1/customers/{made}/defaults", body)
    assert (refused.json()["code"], refused.json()["field"]) == (code, field)
