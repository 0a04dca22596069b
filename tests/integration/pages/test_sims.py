"""SIM cards on the staff pages: the stock, one card, its secrets, ranges, and files."""

from __future__ import annotations

import psycopg
import pytest
from tests.integration.api.conftest import iccid
from tests.integration.api.test_inventory import as_work
from tests.integration.pages.browser import Browser, Shown
from tests.integration.pages.conftest import Api, LogsIn

from openmvno.provisioning.sealing import Sealer
from openmvno.sims import import_worker, importing

__all__ = ["as_work"]

CARD = f"/staff/sims/{iccid(1)}"
IMPORT = "/staff/sims/imports/new"


async def last_entry(api: Api, action: str) -> dict[str, object]:
    entries = (await api.get(f"/v1/audit?action={action}")).json()["items"]
    assert entries, f"nothing in the audit log of {action}"
    found: dict[str, object] = entries[0]
    return found


async def test_the_stock_is_narrowed_by_what_is_asked_for(api: Api, staff: Browser) -> None:
    await api.patch(f"/v1/sims/{iccid(2)}", {"state": "lost", "allocated_to": "shop-1"})
    everything = await staff.open("/staff/sims")
    assert all(iccid(number) in everything.text for number in range(1, 11))
    for asked, found in (
        ("state=lost", {2}),
        (f"q={iccid(7)}", {7}),
        ("q=219010000000003", {3}),
        (f"first={iccid(4)}&last={iccid(5)}", {4, 5}),
        ("allocated_to=shop-1", {2}),
    ):
        page = await staff.open(f"/staff/sims?{asked}")
        there = {number for number in range(1, 11) if iccid(number) in page.part("content")}
        assert there == found, asked
    wrong = await staff.ask("/staff/sims?q=8938x&state=lost")
    assert wrong.status == 400
    assert wrong.complaint("q")
    assert wrong.typed("", "state") == "lost"


async def test_a_card_is_changed(api: Api, staff: Browser) -> None:
    page = await staff.open(CARD)
    saved = await page.send(CARD, state="reserved", allocated_to="shop-2", description="window")
    assert saved.goes_to == f"{CARD}?done=saved"
    card = (await api.get(f"/v1/sims/{iccid(1)}")).json()
    assert (card["state"], card["allocated_to"]) == ("reserved", "shop-2")
    shown = await saved.follow()
    assert "Reserved" in shown.text
    assert "Changed" in shown.part("content")
    assert (await last_entry(api, "sim.changed"))["subject_id"] == iccid(1)
    long = await shown.send(CARD, description="x" * 256)
    assert long.status == 400
    assert long.complaint("description")
    assert long.typed(CARD, "description") == "x" * 256
    gone = await shown.send(CARD, state="disposed")
    assert gone.status == 303
    after = await gone.follow()
    assert "stays so" in after.text
    assert (await staff.ask(f"/staff/sims/{iccid(99)}")).status == 404


async def test_pin_and_puk_are_for_entitled_eyes(api: Api, logs_in: LogsIn) -> None:
    header = "iccid,imsi,pin1,puk1,form,activation_code"
    line = f"{iccid(50)},219010000000050,4711,87654321,esim,LPA:1$smdp.example$A-1"
    sent = await api.post(
        "/v1/sims/imports",
        content=f"{header}\n{line}",
        headers={"Content-Type": "text/csv"},
    )
    assert sent.json()["loaded"] == 1, sent.text
    here = f"/staff/sims/{iccid(50)}"
    reader = await logs_in(scopes=["inventory:read", "sims:codes"])
    page = await reader.open(here)
    assert "4711" not in page.text
    assert f"{here}/codes" in page.links
    codes = await reader.ask(f"{here}/codes", fragment=True)
    assert "4711" in codes.text
    assert "87654321" in codes.text
    assert "<html" not in codes.html
    assert "4711" in (await reader.open(f"{here}/codes")).text
    assert (await last_entry(api, "sim_codes.read"))["subject_id"] == iccid(50)
    profile = await reader.open(f"{here}/activation-code")
    assert "LPA:1$smdp.example$A-1" in profile.text
    assert "data:image/svg+xml" in profile.html
    assert "No codes" in (await reader.open(f"{CARD}/codes")).text
    other = await logs_in()
    hidden = await other.open(here)
    assert f"{here}/codes" not in hidden.links
    assert (await other.ask(f"{here}/codes")).status == 403


async def test_a_profile_needs_an_smdp(api: Api, staff: Browser) -> None:
    lines = f"iccid,imsi,form\n{iccid(51)},219010000000051,esim"
    await api.post("/v1/sims/imports", content=lines, headers={"Content-Type": "text/csv"})
    here = f"/staff/sims/{iccid(51)}"
    refused = await (await staff.open(here)).send(f"{here}/profile", profile_type="standard")
    assert refused.status == 409
    assert "no SM-DP+" in refused.text
    assert refused.typed(f"{here}/profile", "profile_type") == "standard"


async def test_ranges_and_rules(api: Api, logs_in: LogsIn) -> None:
    scopes = ["inventory:read", "inventory:write", "registers:write"]
    keeper = await logs_in(scopes=scopes)
    rules = "/staff/sims/rules"
    page = await keeper.open(rules)
    done = await page.send(
        f"{rules}/range", first=iccid(1), last=iccid(3), allocated_to="shop-1", state="reserved"
    )
    assert "3 of the 3 cards" in (await done.follow()).text
    assert (await api.get(f"/v1/sims/{iccid(2)}")).json()["allocated_to"] == "shop-1"
    back = await (await keeper.open(rules)).send(
        f"{rules}/range", first=iccid(1), last=iccid(1), taken_back="true"
    )
    assert back.status == 303
    assert (await api.get(f"/v1/sims/{iccid(1)}")).json()["allocated_to"] is None
    unsure = await (await keeper.open(rules)).send(
        f"{rules}/range", first=iccid(1), last=iccid(3), state="disposed"
    )
    assert unsure.status == 422
    assert unsure.complaint("sure")
    assert (await api.get(f"/v1/sims/{iccid(2)}")).json()["state"] == "reserved"
    turned = await (await keeper.open(rules)).send(
        f"{rules}/range", first=iccid(3), last=iccid(1), state="lost"
    )
    assert turned.status == 422
    assert turned.complaint("last")
    assert turned.typed(f"{rules}/range", "first") == iccid(3)

    for hours, field in (("many", True), ("9000", True), ("48", False)):
        kept = await page.send(f"{rules}/policy", swap_cooling_hours=hours)
        assert bool(kept.complaint("swap_cooling_hours")) == field, kept.text
    kept = (await api.get("/v1/sims/policy")).json()
    assert kept == {"swap_cooling_hours": 48, "puk_to_subscribers": True}
    hidden = await (await keeper.open(rules)).send(f"{rules}/policy", puk_to_subscribers=None)
    assert hidden.status == 303
    kept = (await api.get("/v1/sims/policy")).json()
    assert kept == {"swap_cooling_hours": 48, "puk_to_subscribers": False}

    key = "000102030405060708090a0b0c0d0e0f"
    short = await page.send(f"{rules}/transport-keys", name="012", key="00ff")
    assert short.complaint("key")
    assert short.typed(f"{rules}/transport-keys", "key") == ""
    assert (await page.send(f"{rules}/transport-keys", key=key)).complaint("name")
    set_key = await page.send(f"{rules}/transport-keys", name="012", key=key)
    assert "012" in (await set_key.follow()).text
    assert key not in (await keeper.open(rules)).html


async def send_file(staff: Browser, content: bytes, name: str = "cards.csv", **typed: str) -> Shown:
    page = await staff.open(IMPORT)
    return await page.send(IMPORT, typed, files={"file": (name, content)})


async def test_a_file_lands_and_every_bad_line_is_told(api: Api, staff: Browser) -> None:
    lines = [
        "iccid,imsi,colour",
        f"{iccid(60)},219010000000060,red",
        f"{iccid(61)},21901,red",
        f"{iccid(62)[:-1]}x,219010000000062,red",
    ]
    sent = await send_file(staff, "\n".join(lines).encode(), form="esim")
    report = await sent.follow()
    assert "The IMSI is none" in report.text
    assert "The ICCID is none" in report.text
    assert "colour" in report.text
    assert "every 1s" not in report.html, "it stands still"
    assert (await api.get(f"/v1/sims/{iccid(60)}")).json()["form"] == "esim"
    table = await staff.ask(f"{sent.goes_to}/rejections.csv")
    assert table.headers["Content-Type"].startswith("text/csv")
    assert "rejected-cards-csv.csv" in table.headers["Content-Disposition"]
    told = table.html.splitlines()
    assert told[0] == "line,code,reason"
    assert [row.split(",")[:2] for row in told[1:]] == [
        ["3", "imsi_invalid"],
        ["4", "iccid_invalid"],
    ]
    assert "cards.csv" in (await staff.open("/staff/sims/imports")).text


async def test_a_file_that_is_none_is_told_beside_it(api: Api, staff: Browser) -> None:
    for content in (b"nothing,that,helps\n1,2,3\n", b"PK\x03\x04 broken"):
        refused = await send_file(staff, content, form="esim")
        assert refused.status == 422, refused.text
        assert refused.complaint("file")
        assert refused.typed(IMPORT, "form") == "esim"
    nothing = await (await staff.open(IMPORT)).send(IMPORT, form="esim")
    assert nothing.complaint("file")
    assert await api.count("sim_import") == 1, "only the one the stock came with"


async def test_progress_moves_until_the_file_is_read(
    api: Api, staff: Browser, monkeypatch: pytest.MonkeyPatch, sealer: Sealer, as_work: str
) -> None:
    monkeypatch.setattr(importing, "AT_ONCE_OCTETS", 0)
    monkeypatch.setattr(importing, "LINES_A_BATCH", 2)
    lines = [f"{iccid(70 + n)},2190100000000{70 + n}" for n in range(5)]
    sent = await send_file(staff, "\n".join(["iccid,imsi", *lines]).encode())
    waiting = await sent.follow()
    assert "waits for its turn" in waiting.text
    assert "every 1s" in waiting.html
    part = f"{sent.goes_to}/parts/progress"
    moving = await staff.ask(part, fragment=True)
    assert "every 1s" in moving.html
    assert "<html" not in moving.html
    async with await psycopg.AsyncConnection.connect(as_work) as reader:
        await import_worker.read_waiting(reader, sealer)
    done = await staff.ask(part, fragment=True)
    assert "every 1s" not in done.html
    assert "No line was rejected" in done.text
