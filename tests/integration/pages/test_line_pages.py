"""A line at a glance, and what staff does with it."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from litestar import Litestar
from tests.integration.api.conftest import Api, iccid
from tests.integration.api.test_cdrs import insert as insert_cdr
from tests.integration.api.test_priced_addons import catalogue
from tests.integration.pages.browser import Browser, Shown
from tests.integration.pages.conftest import LogsIn


@pytest.fixture
async def line(rich_api: Api) -> dict[str, Any]:
    made: dict[str, Any] = (await rich_api.sign_up())["line"]
    return made


@pytest.fixture
def path(line: dict[str, Any]) -> str:
    return f"/staff/lines/{line['id']}"


async def ask(staff: Browser, path: str, name: str, **typed: Any) -> Shown:
    """The form of an action, filled in and sent."""
    shown = await staff.open(f"{path}/{name.partition('?')[0]}")
    return await shown.send(f"{path}/{name}", typed)


def actions(shown: Shown, path: str) -> list[str]:
    """What the page offers to do, beside reading on."""
    reading = (f"{path}/timeline", f"{path}/usage")
    below = [link for link in shown.links if link.startswith(f"{path}/")]
    return [link for link in below if not link.startswith(reading)]


async def now(api: Api, line: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await api.get(f"/v1/lines/{line['id']}")).json()
    return found


async def audited(api: Api, line: dict[str, Any]) -> dict[str, Any]:
    """The latest change of the line."""
    query = {"subject_id": line["id"], "kind": "change", "limit": 1}
    (entry,) = (await api.get("/v1/audit", params=query)).json()["items"]
    found: dict[str, Any] = entry
    return found


async def test_a_line_at_a_glance(
    staff: Browser, rich_api: Api, line: dict[str, Any], path: str
) -> None:
    rich_api.engine.open_sessions[UUID(line["id"])] = [
        {
            "session_id": "pgw.example;1;7",
            "service": "voice",
            "direction": "originating",
            "destination": "385981234567",
            "origin_host": "pgw.example",
            "since": 1_780_000_000_000,
            "last_report": 1_780_000_060_000,
            "expired": False,
            "aborted": False,
            "units": [
                {
                    "rating_group": None,
                    "rate": "Croatia",
                    "granted": 60,
                    "used": 125,
                    "charged_micros": 300_000,
                    "reserved_micros": 100_000,
                }
            ],
        }
    ]
    await rich_api.post(f"/v1/lines/{line['id']}/products", {"product": "pack"})
    await insert_cdr(
        rich_api, UUID(line["account_id"]), "gw;1", line_id=UUID(line["id"]), service="voice"
    )
    shown = await staff.open(path)
    for said in (
        f"+{line['msisdn']}",
        line["iccid"],
        line["imsi"],
        "Ana Horvat",
        "€8.50 available",
        "Basic main product",
        "385981234567",
        "pack",
    ):
        assert said in shown.text, said
    assert "2:05 used · €0.30 · €0.10 reserved" in shown.text
    sessions = await staff.ask(f"{path}/parts/sessions", fragment=True)
    assert "pgw.example" in sessions.text
    assert "<html" not in sessions.html


async def test_without_the_engine_the_page_is_still_there(
    staff: Browser, rich_api: Api, path: str
) -> None:
    rich_api.engine.available = False
    shown = await staff.open(path)
    assert "The charging engine does not say anything just now" in shown.text


async def test_block_unblock_suspend_resume_close(
    staff: Browser, rich_api: Api, line: dict[str, Any], path: str
) -> None:
    done = await ask(staff, path, "block", by="fraud", reason="many short calls")
    assert done.goes_to == f"{path}?done=line-block"
    assert (await now(rich_api, line))["blocked_by"] == "fraud"
    entry = await audited(rich_api, line)
    assert (entry["action"], entry["after"]["reason"]) == ("line.blocked", "many short calls")

    refused = await ask(staff, path, "unblock", by="staff", reason="asked nicely")
    assert refused.status == 409
    assert "blocked by fraud" in refused.text
    assert refused.typed(f"{path}/unblock", "reason") == "asked nicely"
    assert (await ask(staff, path, "unblock", by="fraud")).status == 303
    for name, status in (("suspend", "suspended"), ("resume", "active"), ("close", "closed")):
        assert f"{path}/{name}" in (await staff.open(path)).links
        assert (await ask(staff, path, name)).status == 303
        assert (await now(rich_api, line))["status"] == status
    assert actions(await staff.open(path), path) == []


async def test_identities(staff: Browser, rich_api: Api, line: dict[str, Any], path: str) -> None:
    refused = await ask(staff, path, "sim-swap", iccid=iccid(99), reason="stolen")
    assert refused.status == 409
    assert refused.complaint("iccid")
    assert refused.typed(f"{path}/sim-swap", "iccid") == iccid(99)
    assert refused.typed(f"{path}/sim-swap", "reason") == "stolen"
    assert (await ask(staff, path, "sim-swap", iccid=iccid(5))).status == 303
    assert (await now(rich_api, line))["iccid"] == iccid(5)

    refused = await ask(staff, path, "number", msisdn="+385 91 999 9999")
    assert refused.status == 409
    assert refused.typed(f"{path}/number", "msisdn") == "+385 91 999 9999"
    assert (await ask(staff, path, "number", msisdn="+385 91 000 0007")).status == 303
    assert (await now(rich_api, line))["msisdn"] == "385910000007"

    refused = await ask(staff, path, "password", password="12345678", again="12345679")
    assert (refused.status, bool(refused.complaint("again"))) == (422, True)
    assert (await ask(staff, path, "password", password="12345678", again="12345678")).status == 303
    removed = await (await staff.open(f"{path}/password/removal")).send(f"{path}/password/removal")
    assert removed.status == 303


async def test_products_add_ons_favourites_and_limits(
    staff: Browser, rich_api: Api, line: dict[str, Any], path: str
) -> None:
    assert (await ask(staff, path, "add-ons", product="pack")).status == 303
    again = await ask(staff, path, "add-ons", product="pack")
    assert (again.status, "has this add-on already" in again.text) == (409, True)
    addons = (await rich_api.get(f"/v1/lines/{line['id']}/products")).json()["items"]
    end = f"add-ons/{addons[0]['id']}/end"
    assert f"{path}/{end}" in (await staff.open(path)).links

    refused = await ask(staff, path, "product", product="plus")
    assert (refused.status, refused.typed(f"{path}/product", "product")) == (409, "plus")
    assert (await ask(staff, path, end)).goes_to == f"{path}?done=addon-cancelled"
    assert (await ask(staff, path, "product", product="plus", reason="asked")).status == 303
    assert (await now(rich_api, line))["product"] == "plus"

    assert (await ask(staff, path, "add-ons", product="friends")).status == 303
    refused = await ask(staff, path, "favourites", numbers="+385 98 123 4567\n4930")
    assert refused.complaint("numbers")
    assert refused.typed(f"{path}/favourites", "numbers") == "+385 98 123 4567\n4930"
    assert (await ask(staff, path, "favourites", numbers="+385 98 123 4567")).status == 303
    assert "+385981234567" in (await staff.open(path)).text

    typed = {"spending_cap.amount": "a lot", "own_balance": "true"}
    refused = await ask(staff, path, "limits", **typed)
    assert (refused.status, bool(refused.complaint("spending_cap.amount"))) == (422, True)
    assert refused.typed(f"{path}/limits", "own_balance") == "true"
    typed = {"spending_cap.amount": "20.00", "spending_cap.renew": "week"}
    assert (await ask(staff, path, "limits", **typed)).status == 303
    assert (await now(rich_api, line))["spending_cap"] == {"amount": "20.00", "renew": "week"}
    assert (await ask(staff, path, "limits", **{"spending_cap.amount": ""})).status == 303
    assert (await now(rich_api, line))["spending_cap"] is None


async def test_who_pays_for_an_add_on(
    staff: Browser, logs_in: LogsIn, rich_api: Api, line: dict[str, Any], path: str
) -> None:
    await rich_api.post("/v1/catalog/versions?publish=true", catalogue("4.99"))
    asked = await staff.open(f"{path}/add-ons")
    assert "A week – €4.99" in asked.text
    cheaper = await ask(staff, path, "add-ons", product="week/3.99")
    assert (cheaper.status, "The price is another by now" in cheaper.text) == (409, True)
    assert (await ask(staff, path, "add-ons", product="week/4.99", pay="cash")).status == 303
    shown = await staff.open(path)
    assert "€4.99, In cash" in shown.text
    assert "The add-on week was bought for €4.99, in cash" in shown.text
    assert "€4.99" in (await staff.open("/staff/catalogue")).text
    seller = await logs_in(
        "seller", realm="care", scopes=["customers:read", "customers:write", "catalog:read"]
    )
    own = await seller.open(f"{path}/add-ons")
    assert "The balance of the account pays what it costs." in own.text
    assert (await own.send(f"{path}/add-ons", product="week/4.99")).status == 303


async def test_money(staff: Browser, rich_api: Api, line: dict[str, Any], path: str) -> None:
    refused = await ask(staff, path, "top-up", amount="-5", reference="slip 7")
    assert (refused.status, bool(refused.complaint("amount"))) == (422, True)
    assert refused.typed(f"{path}/top-up", "reference") == "slip 7"
    form = await staff.open(f"{path}/top-up")
    for _ in range(2):  # a second click does nothing twice
        done = await form.send(f"{path}/top-up", amount="5.00")
        assert done.goes_to == f"{path}?done=topped-up"
    balance = await rich_api.get(f"/v1/accounts/{line['account_id']}/balance")
    assert balance.json()["balance"] == "15.00"
    assert "€13.50 available" in (await staff.open(path)).text

    refused = await ask(staff, path, "voucher", pin="1111 2222 3333 4444")
    assert refused.status == 422
    assert refused.typed(f"{path}/voucher", "pin") == ""

    assert (await ask(staff, path, "add-ons", product="twice")).status == 303
    wallet = await staff.open(f"{path}/wallet")
    assert "1:40, 10 days – €4.00" in wallet.text
    bought = await wallet.send(f"{path}/wallet", bucket="family/small", pay="balance")
    assert bought.goes_to == f"{path}?done=wallet-topped-up", bought.text
    refused = await ask(staff, path, "wallet", bucket="purse/", amount="x", days="30", pay="none")
    assert (refused.status, bool(refused.complaint("amount"))) == (422, True)
    assert refused.typed(f"{path}/wallet", "bucket") == "purse/"


async def test_sessions_are_ended(staff: Browser, path: str) -> None:
    asked = await staff.open(f"{path}/sessions/end?session_id=pgw%3B1")
    assert asked.typed(f"{path}/sessions/end", "session_id") == "pgw;1"
    refused = await asked.send(f"{path}/sessions/end")
    assert refused.status in (303, 404)
    everything = await (await staff.open(f"{path}/sessions/end")).send(f"{path}/sessions/end")
    assert everything.goes_to == f"{path}?done=sessions-ending"


async def test_who_may_not_change_sees_no_action(
    logs_in: LogsIn, rich_api: Api, elsewhere: Api, path: str
) -> None:
    viewer = await logs_in("viewer", realm="care")
    shown = await viewer.open(path)
    assert actions(shown, path) == []
    for name in ("block", "sim-swap", "top-up", "voucher", "sessions/end"):
        assert (await viewer.ask(f"{path}/{name}")).status == 403, name
    nobody = await logs_in(scopes=["catalog:read"])
    assert (await nobody.ask(path)).status == 403

    stranger = await logs_in(at=elsewhere, tenant="other")
    for name in ("", "/block", "/usage", "/parts/money", "/parts/sessions", "/limits"):
        assert (await stranger.ask(f"{path}{name}")).status == 404, name
    assert (await stranger.ask(f"/staff/lines/{uuid4()}")).status == 404


async def test_watching_a_line_is_noted_once(
    staff: Browser, rich_api: Api, application: Litestar, path: str
) -> None:
    async def readings() -> int:
        await application.state.reads.flush()
        listed = (await rich_api.get("/v1/audit", params={"kind": "read", "limit": 100})).json()
        return len(listed["items"])

    await staff.open(path)
    for part in ("money", "sessions"):
        await staff.open(f"{path}/parts/{part}")
    looked = await readings()
    assert looked > 0
    for _ in range(3):
        for part in ("money", "sessions"):
            await staff.open(f"{path}/parts/{part}")
        assert await readings() == looked


async def test_usage_is_explained(
    staff: Browser, rich_api: Api, line: dict[str, Any], path: str
) -> None:
    for number in range(60):
        await insert_cdr(
            rich_api,
            UUID(line["account_id"]),
            f"gw;{number}",
            line_id=UUID(line["id"]),
            service="voice",
        )
    listed = await staff.open(f"{path}/usage")
    (following,) = [link for link in listed.links if "cursor=" in link]
    assert len([link for link in (await staff.open(following)).links if "/usage/" in link]) == 10
