"""Versions that come into force at a time of their own: scheduled, listed, withdrawn, sold from."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.integration.api.conftest import CATALOG, RICH_CATALOG, Api

VERSIONS = "/v1/catalog/versions"


def dearer(price: str = "0.20", **changes: Any) -> dict[str, Any]:
    document = copy.deepcopy(CATALOG)
    document["rate_tables"][0]["rates"][0]["price"] = price
    return {**document, **changes}


def soon(hours: int = 1) -> datetime:
    moment = datetime.now(UTC) + timedelta(hours=hours)
    return moment.replace(microsecond=250_000)


async def schedule(api: Api, document: dict[str, Any], moment: datetime, status: int = 201) -> Any:
    response = await api.post(
        VERSIONS, document, params={"publish": "true", "effective_at": moment.isoformat()}
    )
    assert response.status_code == status, response.text
    return response.json()


async def states(api: Api) -> list[tuple[int, str]]:
    versions = (await api.get(VERSIONS)).json()["items"]
    return [(version["number"], version["state"]) for version in versions]


async def hours_pass(api: Api, hours: int) -> None:
    """Every version's time is so much longer ago."""
    async with api.pool.connection() as connection:
        await connection.execute(
            "UPDATE catalog_version SET effective_at = effective_at - %s",
            (timedelta(hours=hours),),
        )


async def test_a_scheduled_version_waits_and_then_takes_over(api: Api) -> None:
    moment = soon()
    await api.post(VERSIONS, dearer())
    response = await api.post(f"{VERSIONS}/2/publish", params={"effective_at": moment.isoformat()})
    assert response.status_code == 200, response.text
    version = response.json()
    assert version["state"] == "scheduled"
    assert datetime.fromisoformat(version["effective_at"]) == moment
    commands = [each for each in api.engine.applied if each["type"] == "activate_catalog"][4:]
    assert [command["at"] for command in commands] == [round(moment.timestamp() * 1000)] * 4
    assert await states(api) == [(2, "scheduled"), (1, "published")]
    assert (await api.get("/v1/catalog")).json()["document"] == CATALOG
    await hours_pass(api, 2)
    assert await states(api) == [(2, "published"), (1, "retired")]
    assert (await api.get("/v1/catalog")).json()["document"] == dearer()
    newer, older = (await api.get(VERSIONS)).json()["items"]
    assert older["retired_at"] == older["effective_until"] == newer["effective_at"]
    assert (newer["effective_until"], newer["retired_at"]) == (None, None)


@pytest.mark.parametrize(
    "time", ["2020-01-01T00:00:00Z", "2999-01-01T00:00:00", "tomorrow", "2999-01-01"]
)
async def test_a_time_that_is_none_or_has_passed(api: Api, time: str) -> None:
    response = await api.post(VERSIONS, dearer(), params={"publish": "true", "effective_at": time})
    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, "catalog_time_invalid")
    assert problem["field"] == "effective_at"
    assert await api.count("catalog_version") == 1


async def test_a_draft_has_no_time(api: Api) -> None:
    response = await api.post(VERSIONS, dearer(), params={"effective_at": soon().isoformat()})
    assert (response.status_code, response.json()["code"]) == (422, "catalog_time_invalid")


async def test_no_two_versions_at_one_time(api: Api) -> None:
    moment = soon()
    await schedule(api, dearer(), moment)
    problem = await schedule(api, dearer("0.30"), moment, 409)
    assert (problem["code"], problem["version"]) == ("catalog_time_taken", 2)
    later = await schedule(api, dearer("0.30"), soon(2))
    assert later["number"] == 3, "the refused one left nothing"
    second = (await api.get(f"{VERSIONS}/2")).json()["version"]
    assert second["effective_until"] == later["effective_at"]


async def test_a_version_is_withdrawn_before_its_time(api: Api) -> None:
    moment = soon()
    await schedule(api, dearer(), moment)
    response = await api.post(f"{VERSIONS}/2/retire")
    assert (response.status_code, response.json()["state"]) == (200, "retired")
    assert response.json()["effective_at"] is None
    withdrawn = [each for each in api.engine.applied if each["type"] == "withdraw_catalog"]
    assert [command["version"] for command in withdrawn] == [response.json()["id"]] * 4
    assert (await api.post(f"{VERSIONS}/2/retire")).status_code == 409
    assert (await api.post(f"{VERSIONS}/1/retire")).status_code == 409, "in force"
    assert (await schedule(api, dearer(), moment))["number"] == 3, "its time is free"


async def test_one_at_once_beside_one_to_come(api: Api) -> None:
    await schedule(api, dearer(), soon())
    response = await api.post(f"{VERSIONS}?publish=true", dearer("0.30"))
    assert response.json()["state"] == "published"
    assert await states(api) == [(3, "published"), (2, "scheduled"), (1, "retired")]


async def test_the_same_document_at_its_time_is_nothing_new(api: Api) -> None:
    moment = soon()
    await schedule(api, dearer(), moment)
    assert (await schedule(api, dearer(), moment, 200))["number"] == 2
    assert (await schedule(api, dearer(), soon(3), 200))["number"] == 2, "in force then"
    assert (await schedule(api, CATALOG, soon(3)))["number"] == 3, "another one then"


async def test_a_key_belongs_to_a_time(api: Api) -> None:
    await api.post(VERSIONS, dearer())
    first, second = ({"effective_at": soon(hours).isoformat()} for hours in (1, 2))
    for _ in range(2):
        response = await api.post(f"{VERSIONS}/2/publish", params=first, key="k")
        assert response.status_code == 200
    response = await api.post(f"{VERSIONS}/2/publish", params=second, key="k")
    assert (response.status_code, response.json()["code"]) == (409, "idempotency_key_reused")


async def test_a_product_that_is_about_to_end_is_sold_no_more(api: Api) -> None:
    basic, _ = CATALOG["products"]
    await schedule(api, dearer(products=[basic]), soon())
    refused = await api.post(
        "/v1/sign-ups", {"product": "plus", "customer": {"name": "Ana"}}, key="plus"
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "product_ending")
    line = f"/v1/lines/{(await api.sign_up())['line']['id']}"
    response = await api.patch(line, {"product": "plus"})
    assert (response.status_code, response.json()["code"]) == (409, "product_ending")
    await hours_pass(api, 2)
    response = await api.patch(line, {"product": "plus"})
    assert response.json()["code"] == "product_unknown"


async def test_a_product_that_lines_use_cannot_be_missing_later(api: Api) -> None:
    await api.sign_up()
    without = dearer(products=[CATALOG["products"][1]])
    problem = await schedule(api, without, soon(), 409)
    assert problem["code"] == "product_in_use"


async def test_a_partner_that_is_about_to_end_gets_no_accounts(rich_api: Api) -> None:
    account = (await rich_api.sign_up())["account"]["id"]
    await schedule(rich_api, {**RICH_CATALOG, "partners": RICH_CATALOG["partners"][:1]}, soon())
    path = f"/v1/accounts/{account}"
    refused = await rich_api.patch(path, {"partners": ["reseller-2"]})
    assert refused.status_code == 422, refused.text
    assert (await rich_api.patch(path, {"partners": ["reseller-1"]})).status_code == 200


async def test_quotes_are_priced_by_the_version_of_their_time(api: Api) -> None:
    moment = soon()
    await schedule(api, dearer(), moment)
    asked = {"product": "basic", "service": "voice", "usage": 60, "destination": "385"}
    before, after = moment - timedelta(seconds=1), moment
    for at, answer in (
        (None, (100_000, 1)),
        ("2020-01-01T00:00:00Z", (100_000, 1)),
        (before.isoformat(), (100_000, 1)),
        (after.isoformat(), (200_000, 2)),
    ):
        quoted = (await api.post("/v1/quotes", {**asked, "at": at})).json()
        assert (quoted["charge_micros"], quoted["version"]) == answer
    chosen = (await api.post("/v1/quotes", {**asked, "version": 2})).json()
    assert (chosen["charge_micros"], chosen["version"]) == (200_000, 2)
    brought = (await api.post("/v1/quotes", {**asked, "document": dearer()})).json()
    assert brought["version"] is None


async def test_differences_and_plans_are_against_the_version_taken_over_from(api: Api) -> None:
    await schedule(api, dearer(), soon(1))
    await schedule(api, dearer("0.30"), soon(2))
    period = {"since": "2026-10-01T00:00:00Z", "until": "2026-10-02T00:00:00Z"}
    for number, against in ((2, 1), (3, 2)):
        difference = (await api.get(f"{VERSIONS}/{number}/diff")).json()
        assert (difference["old"], difference["new"]) == (against, number)
        plan = (await api.post("/v1/catalog/plans", {"version": number, **period})).json()
        assert plan["against"] == against
    document = {"document": dearer("0.40"), **period}
    assert (await api.post("/v1/catalog/plans", document)).json()["against"] == 1
    timed = {**document, "effective_at": soon(3).isoformat()}
    assert (await api.post("/v1/catalog/plans", timed)).json()["against"] == 3


async def test_nothing_is_sold_before_the_first_version_is_in_force(bare_api: Api) -> None:
    assert (await schedule(bare_api, CATALOG, soon()))["state"] == "scheduled"
    wish = {"product": "basic", "customer": {"name": "Ana"}}
    refused = await bare_api.post("/v1/sign-ups", wish, key="s")
    assert (refused.status_code, refused.json()["code"]) == (409, "catalog_not_published")
    assert (await bare_api.get("/v1/catalog")).json()["code"] == "catalog_not_published"
    await hours_pass(bare_api, 2)
    assert (await bare_api.get("/v1/catalog")).json()["document"] == CATALOG
