"""The catalogue's pages: a draft with its mistakes, what it changes and earns, in force."""

from __future__ import annotations

import copy

import yaml
from tests.integration.api.conftest import CATALOG
from tests.integration.pages.browser import Browser
from tests.integration.pages.conftest import Api, LogsIn

DRAFT = "/staff/catalogue/draft"


def dearer() -> str:
    document = copy.deepcopy(CATALOG)
    document["rate_tables"][0]["rates"][0]["price"] = "0.25"
    return yaml.safe_dump(document)


async def test_a_mistake_is_listed_with_its_line_and_the_document_stays(
    api: Api, staff: Browser
) -> None:
    wrong = dearer().replace("'0.25'", "cheap")
    page = await (await staff.open(DRAFT)).send(DRAFT, document=wrong, note="a try")
    assert page.status == 422
    assert "rate_tables[0].rates[0].price" in page.text
    assert page.typed(DRAFT, "document").strip() == wrong.strip()
    assert page.typed(DRAFT, "note") == "a try"
    assert len((await api.get("/v1/catalog/versions")).json()["items"]) == 1


async def test_a_draft_is_compared_tried_and_published(api: Api, staff: Browser) -> None:
    kept = await (await staff.open(DRAFT)).send(DRAFT, document=dearer(), note="dearer calls")
    assert kept.goes_to == "/staff/catalogue/versions/2?done=draft-kept"
    version = await kept.follow()
    assert "Draft" in version.text
    assert "dearer calls" in version.text
    difference = await staff.open("/staff/catalogue/versions/2/diff")
    assert '"0.10"' in difference.text
    assert '"0.25"' in difference.text
    plan_path = "/staff/catalogue/versions/2/plan"
    plan = await (await staff.open(plan_path)).send(plan_path)
    assert plan.status == 200
    assert "No usage in this time" in plan.text
    action = "/staff/catalogue/versions/2/publish"
    early = await version.send(action, effective_at="2020-01-01T00:00")
    assert early.status == 422
    assert early.complaint("effective_at")
    assert early.typed(action, "effective_at") == "2020-01-01T00:00"
    published = await version.send(action)
    assert published.goes_to.endswith("done=published")
    assert (await api.get("/v1/catalog")).json()["version"]["number"] == 2


async def test_a_file_is_taken_and_a_draft_given_up(api: Api, staff: Browser) -> None:
    page = await staff.open(DRAFT)
    kept = await page.send(DRAFT, files={"file": ("new.yaml", dearer().encode())})
    version = await kept.follow()
    retired = await version.send("/staff/catalogue/versions/2/retire")
    assert "Retired" in (await retired.follow()).text


async def test_rates_are_found_by_number_and_name(api: Api, staff: Browser) -> None:
    table = await staff.open("/staff/catalogue/versions/1/tables/voice-standard?q=385")
    assert "€0.10" in table.text
    nothing = await staff.open("/staff/catalogue/versions/1/tables/voice-standard?q=nowhere")
    assert "No rate has that" in nothing.text
    assert (await staff.ask("/staff/catalogue/versions/1/tables/none")).status == 404
    assert (await staff.ask("/staff/catalogue/versions/9")).status == 404


async def test_a_quote_says_how_it_came_about(api: Api, staff: Browser) -> None:
    form = await staff.open("/staff/quote")
    quoted = await form.send(
        "/staff/quote", product="basic", service="voice", destination="38591234567", usage="120"
    )
    assert "€0.20" in quoted.text
    assert "38591234567 is priced by “" in quoted.text
    assert "0:00 to 2:00 – Balance, €0.20" in quoted.text
    await form.send("/preferences", language="de")
    german = await form.send(
        "/staff/quote", product="basic", service="voice", destination="38591234567", usage="120"
    )
    assert "0:00 bis 2:00 – Guthaben, 0,20 €" in german.text
    assert 'lang="en"' not in german.part("content")
    await form.send("/preferences", language="en")
    assert quoted.typed("/staff/quote", "usage") == "120"
    wrong = await form.send("/staff/quote", product="basic", service="voice", usage="many")
    assert wrong.status == 422
    assert wrong.complaint("usage")
    assert wrong.typed("/staff/quote", "usage") == "many"


async def test_who_may_only_read_cannot_publish(api: Api, staff: Browser, logs_in: LogsIn) -> None:
    await (await staff.open(DRAFT)).send(DRAFT, document=dearer())
    reader = await logs_in(scopes=["catalog:read"])
    page = await reader.open("/staff/catalogue/versions/2")
    assert not [form for form in page.forms if form.action.endswith("/publish")]
    stranger = await logs_in(scopes=["audit:read"])
    refused = await stranger.ask("/staff/catalogue")
    assert refused.status == 403
    assert "not allowed" in refused.text
