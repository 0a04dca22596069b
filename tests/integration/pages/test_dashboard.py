"""The dashboard and the health of the system."""

from __future__ import annotations

import pytest
from tests.integration.api.test_books import everything
from tests.integration.pages.browser import Browser
from tests.integration.pages.conftest import Api, LogsIn
from tests.support.core_engine import CoreEngine

from openmvno.provisioning import Sealer


@pytest.fixture
def engine(core_engine: CoreEngine) -> CoreEngine:
    return core_engine


async def test_the_dashboard_counts_what_happened(
    rich_api: Api, staff: Browser, engine: CoreEngine, sealer: Sealer
) -> None:
    assert "Nothing was charged in the last hour" in (await staff.open("/staff")).text
    await everything(rich_api, engine, sealer)
    total = (await rich_api.get("/v1/statistics", params={"step": "hour"})).json()["total"]
    day = await staff.ask("/staff/parts/hours", fragment=True)
    assert f"€{total['usage'][0]['amount']}" in day.text
    assert f"{total['lines_opened']} new line" in day.text
    for part in ("live", "answers", "minutes", "hours"):
        shown = await staff.ask(f"/staff/parts/{part}", fragment=True)
        assert shown.status == 200
        assert "<html" not in shown.html


async def test_health_is_for_who_may_see_the_installation(staff: Browser, logs_in: LogsIn) -> None:
    assert (await staff.ask("/staff/system")).status == 403
    assert "/staff/system" not in (await staff.open("/staff")).links


async def test_languages_and_appearance(staff: Browser) -> None:
    page = await staff.open("/staff/examples")
    chosen = await page.send("/preferences", language="de", theme="dark")
    assert chosen.goes_to == "/staff/examples"
    german = await chosen.follow()
    assert '<html lang="de" data-theme="dark">' in german.html
    assert "12.345,67" in german.text
    elsewhere = await page.send("/preferences", back="//evil.example/")
    assert elsewhere.goes_to == "/"


async def test_pages_are_guarded(staff: Browser) -> None:
    page = await staff.open("/staff")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    missing = await staff.ask("/staff/nowhere")
    assert missing.status == 404
    assert "not here" in missing.text
