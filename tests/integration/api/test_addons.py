"""Add-ons of a line: joined, refused, taken away, and kept by new catalogue versions."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.integration.api.conftest import RICH_CATALOG, Api, new_api


async def add(api: Api, line: str, code: str, **arguments: Any) -> httpx.Response:
    return await api.post(f"/v1/lines/{line}/products", {"product": code}, **arguments)


async def codes(api: Api, line: str) -> list[tuple[str, str]]:
    items = (await api.get(f"/v1/lines/{line}/products")).json()["items"]
    return [(each["product"], each["status"]) for each in items]


async def test_an_addon_comes_and_goes(rich_api: Api) -> None:
    line = (await rich_api.sign_up())["line"]["id"]
    added = await add(rich_api, line, "pack", key="a-1")
    assert added.status_code == 201, added.text
    assert (added.json()["product"], added.json()["status"]) == ("pack", "active")
    again = await add(rich_api, line, "pack", key="a-1")
    assert again.json() == added.json()
    command = rich_api.engine.applied[-1]
    assert (command["type"], command["line"]) == ("add_product", line)
    assert (command["instance"], command["product"]) == (added.json()["id"], "pack")
    assert await codes(rich_api, line) == [("pack", "pending")]
    await rich_api.engine.materialise()
    assert await codes(rich_api, line) == [("pack", "active")]
    path = f"/v1/lines/{line}/products/{added.json()['id']}"
    removed = await rich_api.request("DELETE", path)
    assert (removed.status_code, removed.json()["status"]) == (200, "ended")
    assert rich_api.engine.applied[-1]["type"] == "remove_product"
    assert rich_api.engine.applied[-1]["instance"] == added.json()["id"]
    gone = await rich_api.request("DELETE", path)
    assert (gone.status_code, gone.json()["code"]) == (404, "product_instance_unknown")
    assert (await add(rich_api, line, "pack")).status_code == 201
    assert await codes(rich_api, line) == [("pack", "pending"), ("pack", "ended")]
    entries = await rich_api.get(f"/v1/audit?subject_type=line&subject_id={line}")
    assert [entry["action"] for entry in entries.json()["items"]] == [
        "line.addon_added",
        "line.addon_removed",
        "line.addon_added",
        "line.opened",
    ]


async def test_what_the_catalogue_forbids_writes_no_command(rich_api: Api) -> None:
    basic = (await rich_api.sign_up())["line"]["id"]
    plus = (await rich_api.sign_up(product="plus"))["line"]["id"]
    for code in ("pack", "twice", "twice"):
        assert (await add(rich_api, basic, code)).status_code == 201
    count = await rich_api.count("engine_command")
    for line, product, status, code in (
        (basic, "pack", 409, "product_exists"),
        (basic, "lone", 409, "product_conflict"),
        (plus, "pack", 409, "product_not_eligible"),
        (basic, "gold", 422, "product_unknown"),
        (basic, "plus", 422, "product_kind_mismatch"),
        (str(uuid4()), "pack", 404, "line_not_found"),
    ):
        refused = await add(rich_api, line, product)
        assert (refused.status_code, refused.json()["code"]) == (status, code)
        if status != 404:
            assert refused.json()["field"] == "product"
    assert (await add(rich_api, plus, "lone")).status_code == 201
    excluded_the_other_way = await add(rich_api, plus, "twice")
    assert excluded_the_other_way.json()["code"] == "product_conflict"
    assert await rich_api.count("engine_command") == count + 1
    sold = await rich_api.post(
        "/v1/sign-ups", {"product": "pack", "customer": {"name": "Ana"}}, key="k"
    )
    assert (sold.status_code, sold.json()["code"]) == (422, "product_kind_mismatch")


@pytest.mark.parametrize(
    "code", ["product_exists", "product_conflict", "product_not_eligible", "engine_odd"]
)
async def test_what_the_engine_refuses_is_told_and_not_kept(rich_api: Api, code: str) -> None:
    line = (await rich_api.sign_up())["line"]["id"]
    rich_api.engine.refuse["add_product"] = code
    refused = await add(rich_api, line, "pack", key="a-1")
    expected = "engine_refused" if code == "engine_odd" else code
    assert (refused.status_code, refused.json()["code"]) == (409, expected)
    assert refused.json()["engine_code"] == code
    await rich_api.engine.materialise()
    assert await codes(rich_api, line) == [("pack", "refused")]
    del rich_api.engine.refuse["add_product"]
    again = await add(rich_api, line, "pack", key="a-2")
    assert again.status_code == 201, "the refused one does not count as present"


async def test_the_engine_away(rich_api: Api) -> None:
    line = (await rich_api.sign_up())["line"]["id"]
    rich_api.engine.available = False
    waiting = await add(rich_api, line, "pack", key="a-1")
    assert (waiting.status_code, waiting.json()["status"]) == (202, "pending")
    rich_api.engine.available = True
    done = await add(rich_api, line, "pack", key="a-1")
    assert (done.status_code, done.json()["status"]) == (201, "active")
    assert len([c for c in rich_api.engine.applied if c["type"] == "add_product"]) == 1


async def test_a_sign_up_with_addons(rich_api: Api) -> None:
    signed_up = await rich_api.sign_up(addons=["pack", "twice", "twice"])
    assert [each["product"] for each in signed_up["addons"]] == ["pack", "twice", "twice"]
    assert {each["status"] for each in signed_up["addons"]} == {"active"}
    assert signed_up["top_up"]["balance"] == "10.00"
    account = signed_up["account"]["id"]
    further = await rich_api.post(
        f"/v1/accounts/{account}/lines", {"product": "basic", "addons": ["pack"]}
    )
    assert further.status_code == 201
    assert await codes(rich_api, further.json()["id"]) == [("pack", "pending")]
    body = {"product": "plus", "customer": {"name": "Ivo"}, "addons": ["twice", "pack"]}
    count = await rich_api.count("customer")
    refused = await rich_api.post("/v1/sign-ups", body, key="k")
    assert (refused.status_code, refused.json()["code"]) == (409, "product_not_eligible")
    assert refused.json()["field"] == "addons[1]"
    assert await rich_api.count("customer") == count


async def test_addons_hold_the_main_product(rich_api: Api) -> None:
    line = (await rich_api.sign_up(addons=["pack"]))["line"]["id"]
    refused = await rich_api.patch(f"/v1/lines/{line}", {"product": "plus"})
    assert (refused.status_code, refused.json()["code"]) == (409, "product_not_eligible")
    [addon] = (await rich_api.get(f"/v1/lines/{line}/products")).json()["items"]
    await rich_api.request("DELETE", f"/v1/lines/{line}/products/{addon['id']}")
    assert (await rich_api.patch(f"/v1/lines/{line}", {"product": "plus"})).status_code == 200


async def test_a_closed_line_has_none(rich_api: Api) -> None:
    line = (await rich_api.sign_up(addons=["pack"]))["line"]["id"]
    assert (await rich_api.patch(f"/v1/lines/{line}", {"status": "closed"})).status_code == 200
    await rich_api.engine.materialise()
    assert await codes(rich_api, line) == [("pack", "ended")]
    refused = await add(rich_api, line, "twice")
    assert (refused.status_code, refused.json()["code"]) == (409, "line_state_conflict")


async def test_an_addon_in_use_stays_in_the_catalogue(rich_api: Api) -> None:
    line = (await rich_api.sign_up())["line"]["id"]
    rich_api.engine.refuse["add_product"] = "product_unknown"
    await add(rich_api, line, "lone")
    del rich_api.engine.refuse["add_product"]
    await rich_api.engine.materialise()
    pack = (await add(rich_api, line, "pack")).json()["id"]
    products = [each for each in RICH_CATALOG["products"] if each["code"] not in ("pack", "lone")]
    without = {**RICH_CATALOG, "products": products}
    refused = await rich_api.post("/v1/catalog/versions?publish=true", without)
    assert (refused.status_code, refused.json()["code"]) == (409, "product_in_use")
    assert refused.json()["products"] == ["pack"], "lone was refused by the engine"
    only_of_addons = ("requires", "multiple", "precedence")
    turned = [
        {name: value for name, value in each.items() if name not in only_of_addons}
        | {"kind": "main"}
        for each in RICH_CATALOG["products"]
    ]
    refused = await rich_api.post(
        "/v1/catalog/versions?publish=true", {**RICH_CATALOG, "products": turned}
    )
    assert refused.json()["products"] == ["pack"], "it would not be an add-on any more"
    await rich_api.request("DELETE", f"/v1/lines/{line}/products/{pack}")
    published = await rich_api.post("/v1/catalog/versions?publish=true", without)
    assert published.status_code == 201, published.text


async def test_products_are_shown_with_their_kind(rich_api: Api) -> None:
    shown = {each["code"]: each for each in (await rich_api.get("/v1/products")).json()}
    assert (shown["basic"]["kind"], shown["pack"]["kind"]) == ("main", "addon")
    assert shown["pack"]["requires"] == ["basic"]
    assert shown["lone"]["excludes"] == ["twice"]
    assert shown["twice"]["multiple"] is True
    [minutes] = shown["pack"]["contents"]
    assert (minutes["name"], minutes["amount"], minutes["renew"]) == ("min100", "6000", "month")
    assert (shown["twice"]["contents"][0]["shared"], shown["basic"]["contents"]) == (True, [])


async def test_another_tenants_line(rich_api: Api) -> None:
    line = (await rich_api.sign_up(addons=["pack"]))["line"]["id"]
    [addon] = (await rich_api.get(f"/v1/lines/{line}/products")).json()["items"]
    other = await new_api(rich_api.pool, rich_api.client, rich_api.engine, "other")
    await other.post("/v1/catalog/versions?publish=true", RICH_CATALOG)
    assert (await add(other, line, "pack")).status_code == 404
    assert (await other.get(f"/v1/lines/{line}/products")).status_code == 404
    taken = await other.request("DELETE", f"/v1/lines/{line}/products/{addon['id']}")
    assert taken.status_code == 404
