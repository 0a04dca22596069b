"""Bulk jobs on the staff pages: begun, watched, reported by row, stopped."""

from __future__ import annotations

from tests.integration.api.test_jobs import finished
from tests.integration.pages.browser import Browser
from tests.integration.pages.conftest import Api, LogsIn
from tests.integration.pages.test_sims import last_entry

from openmvno.database import Pool

NEW = "/staff/jobs/new"


async def test_rows_are_worked_and_the_bad_ones_told(
    api: Api, staff: Browser, tenant_pool: Pool, elsewhere: Api, logs_in: LogsIn
) -> None:
    line = (await api.sign_up())["line"]
    file = f"msisdn,status\n{line['msisdn']},blocked\n385999999999,blocked\n".encode()
    page = await staff.open(NEW)
    sent = await page.send(NEW, {"kind": "line-statuses"}, files={"file": ("lines.csv", file)})
    waiting = await sent.follow()
    assert "every 1s" in waiting.html
    assert "Stop it" in waiting.text
    job = {"id": sent.goes_to.rpartition("/")[2]}
    await finished(api, tenant_pool, job)
    part = await staff.ask(f"{sent.goes_to}/parts/progress", fragment=True)
    assert "<html" not in part.html
    assert "every 1s" not in part.html
    assert "All 2 rows are worked" in part.text
    assert "385999999999" in part.text
    assert (await api.get(f"/v1/lines/{line['id']}")).json()["status"] == "blocked"
    table = await staff.ask(f"{sent.goes_to}/rejections.csv")
    heads, row = table.html.splitlines()
    assert heads == "row,code,field,reason"
    assert row.startswith("3,line_not_found,msisdn,")
    assert sent.goes_to in (await staff.open("/staff/jobs")).links

    stranger = await logs_in(at=elsewhere, tenant="other")
    assert (await stranger.ask(sent.goes_to)).status == 404
    few = await logs_in(scopes=["catalog:read"])
    assert "/staff/jobs" not in (await few.open("/staff/examples")).links
    assert (await few.ask("/staff/jobs")).status == 403


async def test_what_cannot_begin_says_why_and_what_runs_can_be_stopped(
    api: Api, staff: Browser, logs_in: LogsIn
) -> None:
    rows = "first,last\n385930000001,385930000002"
    for typed, field in (
        ({"rows": rows}, "kind"),
        ({"kind": "numbers"}, "file"),
        ({"kind": "numbers", "rows": "first,colour\n385930000001,red"}, "rows"),
    ):
        refused = await (await staff.open(NEW)).send(NEW, typed)
        assert refused.status in (400, 422), typed
        assert refused.complaint(field), typed
        assert refused.typed(NEW, "rows").strip() == typed.get("rows", "")
        assert refused.typed(NEW, "kind") == typed.get("kind", "")
    begun = await (await staff.open(NEW)).send(NEW, kind="numbers", rows=rows)
    reader = await logs_in(scopes=["jobs:read"])
    assert "Stop it" not in (await reader.open(begun.goes_to)).text
    assert NEW not in (await reader.open("/staff/jobs")).links
    stopped = await (await begun.follow()).send(f"{begun.goes_to}/cancel")
    after = await stopped.follow()
    assert "Cancelled" in after.text
    assert "Stop it" not in after.text
    await last_entry(api, "job.cancelled")
    assert (await api.get("/v1/numbers/385930000001")).status_code == 404
