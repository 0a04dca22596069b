"""What a document would do, asked of the API: differences, plans on real usage, quotes."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb
from tests.integration.api.conftest import CATALOG, Api, new_api
from tests.support.cdrs import START, write_cdrs

from openmvno import access
from openmvno.catalog import lines, plan_routes
from openmvno.catalog.model import Subscription
from openmvno.identifiers import new_id

PERIOD = {"since": START.isoformat(), "until": (START + timedelta(days=1)).isoformat()}


def dearer() -> dict[str, Any]:
    document = copy.deepcopy(CATALOG)
    document["rate_tables"][0]["rates"][0]["price"] = "0.20"
    return document


def with_minutes() -> dict[str, Any]:
    """The dearer document with two minutes free of charge."""
    document = dearer()
    document["buckets"] = [
        {"code": "free", "unit": "second", "amount": 120, "pays": [{"service": "voice"}]}
    ]
    document["products"][0]["buckets"] = ["free"]
    return document


async def usage(api: Api) -> tuple[str, str]:
    """Two subscribers with calls; returns their numbers."""
    numbers = []
    for calls in ([60, 120], [600]):
        line = (await api.sign_up())["line"]
        numbers.append(str(line["msisdn"]))
        async with api.pool.connection() as connection:
            await write_cdrs(connection, api.actor.tenant_id, UUID(line["id"]), calls)
    return numbers[0], numbers[1]


async def test_the_difference_of_two_versions(api: Api) -> None:
    await api.post("/v1/catalog/versions", dearer())
    response = await api.get("/v1/catalog/versions/2/diff?against=1")
    assert response.status_code == 200
    assert response.json() == {
        "old": 1,
        "new": 2,
        "changes": [
            {
                "change": "changed",
                "kind": "rate",
                "name": "voice-standard: any number",
                "fields": [{"field": "price", "old": "0.10", "new": "0.20"}],
            }
        ],
    }
    assert (await api.get("/v1/catalog/versions/2/diff")).json() == response.json()
    assert (await api.get("/v1/catalog/versions/1/diff")).json()["changes"] == []
    for path in ("/v1/catalog/versions/9/diff", "/v1/catalog/versions/1/diff?against=9"):
        response = await api.get(path)
        assert (response.status_code, response.json()["code"]) == (404, "catalog_version_not_found")


async def test_a_plan_rates_real_usage(api: Api) -> None:
    low, high = await usage(api)
    response = await api.post("/v1/catalog/plans", {"document": dearer(), **PERIOD})
    assert response.status_code == 200, response.text
    plan = response.json()
    assert plan["against"] == 1
    assert [change["name"] for change in plan["changes"]] == ["voice-standard: any number"]
    assert plan["products"] == [
        {"code": "basic", "change": "changed", "live_lines": 2},
        {"code": "plus", "change": "changed", "live_lines": 0},
    ]
    sums = {"records": 3, "charged": "1.23", "before": "1.30", "after": "2.60"}
    assert plan["total"] == {**sums, "change": "1.30"}
    assert plan["services"] == [{"service": "voice", **sums, "change": "1.30"}]
    assert plan["results"] == [{"result": "rated", "before": 3, "after": 3}]
    assert [bill["msisdn"] for bill in plan["bills_up"]] == [high, low]
    assert plan["bills_down"] == []
    assert plan["subscribers"] == 2
    assert [each["label"] for each in plan["distribution"] if each["subscribers"]] == ["above +50%"]
    # Nothing has changed.
    assert await api.count("catalog_version") == 1


async def test_a_draft_is_planned_by_its_number(api: Api) -> None:
    await usage(api)
    await api.post("/v1/catalog/versions", with_minutes())
    response = await api.post("/v1/catalog/plans", {"version": 2, "top": 1, **PERIOD})
    plan = response.json()
    assert (len(plan["bills_up"]), plan["total"]["after"]) == (1, "1.80")
    response = await api.post("/v1/catalog/plans", {"version": 2, "buckets": False, **PERIOD})
    assert response.json()["total"]["after"] == "2.60"


async def test_the_first_catalogue_is_planned_against_nothing(bare_api: Api) -> None:
    response = await bare_api.post("/v1/catalog/plans", {"document": CATALOG, **PERIOD})
    assert response.status_code == 200, response.text
    plan = response.json()
    assert (plan["against"], plan["subscribers"]) == (None, 0)
    assert {each["change"] for each in plan["products"]} == {"added"}


async def test_usage_of_others_and_of_other_days_is_left_out(api: Api) -> None:
    await usage(api)
    other = await new_api(api.pool, api.client, api.engine, "other")
    response = await other.post("/v1/catalog/plans", {"document": CATALOG, **PERIOD})
    assert response.json()["total"]["records"] == 0
    later = {"since": PERIOD["until"], "until": (START + timedelta(days=2)).isoformat()}
    response = await api.post("/v1/catalog/plans", {"document": dearer(), **later})
    assert response.json()["total"]["records"] == 0


async def test_a_product_that_goes_is_not_sold_any_more(api: Api) -> None:
    await usage(api)
    document = {**copy.deepcopy(CATALOG), "products": CATALOG["products"][1:]}
    plan = (await api.post("/v1/catalog/plans", {"document": document, **PERIOD})).json()
    assert plan["products"][0] == {"code": "basic", "change": "removed", "live_lines": 2}
    assert plan["results"] == [
        {"result": "rated", "before": 3, "after": 0},
        {"result": "not_sold", "before": 0, "after": 3},
    ]
    assert plan["total"]["after"] == "0.00"
    assert len(plan["bills_down"]) == 2


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({**PERIOD}, 422, "catalog_choice_invalid", "document"),
        ({"version": 1, "document": {}, **PERIOD}, 422, "catalog_choice_invalid", "document"),
        ({"version": 7, **PERIOD}, 404, "catalog_version_not_found", "version"),
        ({"document": {"currency": "EUR"}, **PERIOD}, 422, "catalog_invalid", "document.services"),
        ({"version": 1, "since": PERIOD["since"]}, 400, "request_malformed", "until"),
        (
            {"version": 1, "since": "2026-10-01T00:00:00", "until": PERIOD["until"]},
            400,
            "request_malformed",
            "since",
        ),
        (
            {"version": 1, "since": PERIOD["until"], "until": PERIOD["since"]},
            422,
            "plan_period_invalid",
            "until",
        ),
        (
            {"version": 1, "since": "2026-01-01T00:00:00Z", "until": "2026-03-01T00:00:00Z"},
            422,
            "plan_too_large",
            "until",
        ),
        ({"version": 1, "top": 5000, **PERIOD}, 400, "request_malformed", "top"),
        ({"version": 1, "typo": 1, **PERIOD}, 400, "request_malformed", "typo"),
    ],
)
async def test_plans_that_are_refused(
    api: Api, body: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    response = await api.post("/v1/catalog/plans", body)
    problem = response.json()
    assert (response.status_code, problem["code"], problem.get("field")) == (status, code, field)


async def test_too_much_usage_for_one_request(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    await usage(api)
    monkeypatch.setattr(plan_routes, "PLAN_RECORDS", 3)
    assert (await api.post("/v1/catalog/plans", {"version": 1, **PERIOD})).status_code == 200
    monkeypatch.setattr(plan_routes, "PLAN_RECORDS", 2)
    response = await api.post("/v1/catalog/plans", {"version": 1, **PERIOD})
    assert (response.status_code, response.json()["code"]) == (422, "plan_too_large")
    assert response.json()["maximum_records"] == 2


async def test_a_quote_by_the_version_in_force_a_draft_and_a_document(api: Api) -> None:
    asked = {"product": "basic", "service": "voice", "usage": 60, "destination": "385"}
    await api.post("/v1/catalog/versions", dearer())
    response = await api.post("/v1/quotes", asked)
    assert response.status_code == 200, response.text
    assert response.json()["charge_micros"] == 100_000
    assert "385" in response.json()["steps"][0]["text"]
    assert [part["payer"] for part in response.json()["parts"]] == ["balance"]
    response = await api.post("/v1/quotes", {**asked, "version": 2})
    assert response.json()["charge_micros"] == 200_000
    response = await api.post("/v1/quotes", {**asked, "document": dearer()})
    assert response.json()["charge_micros"] == 200_000


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"[1]", 400, "request_malformed"),
        (b"{", 400, "request_malformed"),
        (b'{"product": "none", "service": "voice", "usage": 1}', 422, "quote_invalid"),
        (b'{"product": "basic", "version": "1"}', 422, "quote_invalid"),
        (b'{"product": "basic", "version": true}', 422, "quote_invalid"),
        (b'{"product": "basic", "version": 1, "document": {}}', 422, "catalog_choice_invalid"),
        (b'{"product": "basic", "version": 5}', 404, "catalog_version_not_found"),
    ],
)
async def test_quotes_that_are_refused(api: Api, body: bytes, status: int, code: str) -> None:
    response = await api.post("/v1/quotes", content=body)
    assert (response.status_code, response.json()["code"]) == (status, code)


async def test_scopes(api: Api) -> None:
    async with api.pool.connection() as connection:
        api.token = await access.create_token(connection, api.actor, "few", ["catalog:read"])
    response = await api.post("/v1/catalog/plans", {"version": 1, **PERIOD})
    assert (response.status_code, response.json()["scope"]) == (403, "usage:read")
    asked = {"product": "basic", "service": "voice", "usage": 60}
    assert (await api.post("/v1/quotes", asked)).status_code == 200
    async with api.pool.connection() as connection:
        api.token = await access.create_token(connection, api.actor, "none", ["usage:read"])
    for method, path in (
        ("POST", "/v1/catalog/plans"),
        ("POST", "/v1/quotes"),
        ("GET", "/v1/catalog/versions/1/diff"),
    ):
        response = await api.request(method, path)
        assert (response.status_code, response.json()["scope"]) == (403, "catalog:read")


async def test_the_document_of_the_api_describes_them(api: Api) -> None:
    schema = (await api.client.get("/schema/openapi.json")).json()
    for path, method in (
        ("/v1/catalog/plans", "post"),
        ("/v1/quotes", "post"),
    ):
        assert "422" in schema["paths"][path][method]["responses"]
    quote = schema["paths"]["/v1/quotes"]["post"]["requestBody"]["content"]["application/json"]
    assert quote["examples"]["call"]["value"]["product"] == "prepaid-basic"
    assert (
        "plan_too_large"
        in schema["paths"]["/v1/catalog/plans"]["post"]["responses"]["422"]["description"]
    )


async def test_addons_count_as_long_as_the_line_has_them(api: Api) -> None:
    line = (await api.sign_up())["line"]
    addons = [
        ("weekend", "NULL", {"ok": True}),
        ("roaming", "NULL", None),
        ("old", "now()", {"ok": True}),
        ("refused", "NULL", {"error": "product_conflict"}),
    ]
    # new_id() orders by millisecond only.
    ids = sorted(new_id() for _ in addons)
    async with api.pool.connection() as connection:
        for seq, (product, ended, outcome) in enumerate(addons):
            await connection.execute(
                "WITH command AS (INSERT INTO engine_command (shard, seq, command_id, tenant_id,"
                " command, outcome) VALUES (9, %(seq)s, %(id)s, %(tenant)s, '{}',"
                " %(outcome)s) RETURNING shard, seq)"
                " INSERT INTO line_product (tenant_id, instance_id, account_id, line_id, product,"
                f" ended_at, shard, command_seq) SELECT %(tenant)s, %(id)s, %(account)s, %(line)s,"
                f" %(product)s, {ended}, shard, seq FROM command",
                {
                    "seq": seq,
                    "id": ids[seq],
                    "tenant": api.actor.tenant_id,
                    "account": line["account_id"],
                    "line": line["id"],
                    "product": product,
                    "outcome": None if outcome is None else Jsonb(outcome),
                },
            )
        found = await lines.subscriptions(connection, api.actor.tenant_id, [UUID(line["id"])])
        live = await lines.live_lines_by_product(connection, api.actor.tenant_id)
    assert found == {
        UUID(line["id"]): Subscription(line["msisdn"], "basic", ("weekend", "roaming"))
    }
    assert live == {"basic": 1, "weekend": 1, "roaming": 1}
