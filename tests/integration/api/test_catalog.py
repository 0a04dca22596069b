"""Catalogue versions: checked, immutable, published to every shard."""

from __future__ import annotations

import copy
from typing import Any

import yaml
from tests.integration.api.conftest import CATALOG, Api

YAML = {"Content-Type": "application/yaml"}


def changed(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(CATALOG), **changes}


async def test_a_document_goes_live_on_every_shard(bare_api: Api) -> None:
    draft = await bare_api.post("/v1/catalog/versions?note=first", CATALOG)
    assert draft.status_code == 201
    assert (draft.json()["number"], draft.json()["state"]) == (1, "draft")
    assert bare_api.engine.applied == []
    published = await bare_api.post("/v1/catalog/versions/1/publish")
    assert published.status_code == 200
    assert published.json()["state"] == "published"
    commands = bare_api.engine.applied
    assert [command["type"] for command in commands] == ["activate_catalog"] * 4
    assert {command["version"] for command in commands} == {draft.json()["id"]}
    shown = (await bare_api.get("/v1/catalog")).json()
    assert shown["document"] == CATALOG
    products = (await bare_api.get("/v1/products")).json()
    assert [(product["code"], product["overrun"]) for product in products] == [
        ("basic", "absorb"),
        ("plus", "debt"),
    ]


async def test_yaml_is_the_same_document(bare_api: Api) -> None:
    first = await bare_api.post("/v1/catalog/versions", CATALOG)
    text = yaml.safe_dump(CATALOG)
    second = await bare_api.post("/v1/catalog/versions", content=text, headers=YAML)
    assert second.status_code == 201, second.text
    assert second.json()["digest"] == first.json()["digest"]


async def test_publishing_the_document_in_force_does_nothing(api: Api) -> None:
    again = await api.post("/v1/catalog/versions?publish=true", CATALOG)
    assert (again.status_code, again.json()["number"]) == (200, 1)
    assert await api.count("catalog_version") == 1


async def test_the_next_version_retires_the_one_before(api: Api) -> None:
    products = [*CATALOG["products"], {"code": "max", "rate_tables": ["voice-standard"]}]
    response = await api.post("/v1/catalog/versions?publish=true", changed(products=products))
    assert response.json()["number"] == 2
    versions = (await api.get("/v1/catalog/versions")).json()["items"]
    assert [(each["number"], each["state"]) for each in versions] == [
        (2, "published"),
        (1, "retired"),
    ]


async def test_mistakes_are_named_and_nothing_is_kept(bare_api: Api) -> None:
    document = changed()
    document["rate_tables"][0]["rates"][0]["price"] = 0.1
    document["products"][1]["rate_tables"] = ["voice-none"]
    response = await bare_api.post("/v1/catalog/versions?publish=true", document)
    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, "catalog_invalid")
    paths = {mistake["path"] for mistake in problem["errors"]}
    assert paths == {"rate_tables[0].rates[0].price", "products[1].rate_tables[0]"}
    assert problem["field"] in paths
    text = yaml.safe_dump(document)
    response = await bare_api.post("/v1/catalog/versions", content=text, headers=YAML)
    for mistake in response.json()["errors"]:
        assert mistake["line"] > 1
    assert await bare_api.count("catalog_version") == 0


async def test_a_product_that_lines_use_cannot_go(api: Api) -> None:
    signed_up = await api.sign_up()
    without = changed(products=[CATALOG["products"][1]])
    response = await api.post("/v1/catalog/versions?publish=true", without)
    assert (response.status_code, response.json()["code"]) == (409, "product_in_use")
    assert response.json()["products"] == ["basic"]
    assert await api.count("catalog_version") == 1
    line = f"/v1/lines/{signed_up['line']['id']}"
    assert (await api.patch(line, {"status": "closed"})).status_code == 200
    response = await api.post("/v1/catalog/versions?publish=true", without)
    assert response.status_code == 201


async def test_states_and_currency(api: Api) -> None:
    response = await api.post("/v1/catalog/versions/1/publish")
    assert (response.status_code, response.json()["code"]) == (409, "catalog_state_conflict")
    response = await api.post("/v1/catalog/versions/9/publish")
    assert (response.status_code, response.json()["code"]) == (404, "catalog_version_not_found")
    response = await api.post("/v1/catalog/versions", changed(currency="USD"))
    assert (response.status_code, response.json()["code"]) == (409, "catalog_currency_mismatch")
    await api.post("/v1/catalog/versions", changed(products=[]))
    retired = await api.post("/v1/catalog/versions/2/retire")
    assert retired.json()["state"] == "retired"
    response = await api.post("/v1/catalog/versions/1/retire")
    assert response.status_code == 409


async def test_other_media_types_are_refused(bare_api: Api) -> None:
    response = await bare_api.post(
        "/v1/catalog/versions", content="a,b", headers={"Content-Type": "text/csv"}
    )
    assert (response.status_code, response.json()["code"]) == (415, "media_type_unsupported")


async def test_nothing_is_sold_without_a_catalogue(bare_api: Api) -> None:
    response = await bare_api.get("/v1/products")
    assert (response.status_code, response.json()["code"]) == (409, "catalog_not_published")


async def test_services_and_buckets_on_sale(rich_api: Api) -> None:
    services = (await rich_api.get("/v1/services")).json()
    assert {"code": "voice", "unit": "second"} in services
    buckets = {bucket["code"]: bucket for bucket in (await rich_api.get("/v1/buckets")).json()}
    assert buckets["family"]["shared"]
    assert buckets["purse"]["top_ups"] == [
        {"code": "big", "price": "20.00", "amount": "25.00", "days": 30}
    ]
