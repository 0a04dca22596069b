"""Self-care: who is let in, what a subscriber sees, and what it can do itself."""

from __future__ import annotations

import httpx
import pytest
from tests.integration.api.conftest import Api
from tests.integration.api.test_priced_addons import catalogue
from tests.integration.pages.browser import Browser
from tests.integration.pages.conftest import LogsIn
from tests.integration.pages.subscriber import BASE, PASSWORD, Subscriber, new_subscriber
from tests.support.core_engine import CoreEngine


@pytest.fixture
def engine(core_engine: CoreEngine) -> CoreEngine:
    return core_engine


async def test_the_first_login_is_by_the_code_of_the_operator(
    rich_api: Api, http: httpx.AsyncClient
) -> None:
    subscriber = await new_subscriber(rich_api, http)
    turned_away = await subscriber.browser.ask(f"{BASE}/usage")
    assert turned_away.goes_to == f"{BASE}/login?next={BASE}/usage"
    welcome = await subscriber.open("/welcome")
    differ = await welcome.send(
        f"{BASE}/welcome", code="AAAA", login="ana", password=PASSWORD, again="x"
    )
    assert (differ.status, differ.typed(f"{BASE}/welcome", "code")) == (422, "AAAA")
    assert "differ" in differ.complaint("again")
    wrong = await welcome.send(
        f"{BASE}/welcome", code="AAAA", login="ana", password=PASSWORD, again=PASSWORD
    )
    assert (wrong.status, wrong.typed(f"{BASE}/welcome", "login")) == (404, "ana")
    await subscriber.enter()
    home = await subscriber.open("?done=welcome")
    assert "Welcome. Here you see" in home.text
    left = await home.send(f"{BASE}/logout")
    login = await subscriber.browser.open(left.goes_to)
    refused = await login.send(f"{BASE}/login", login="ana", password="wrong")
    assert (refused.status, refused.typed(f"{BASE}/login", "login")) == (401, "ana")
    back = await login.send(f"{BASE}/login", login="ana", password=PASSWORD)
    assert back.goes_to == BASE


async def test_home_shows_money_quotas_and_the_line(ana: Subscriber) -> None:
    await ana.api.post(f"/v1/lines/{ana.line}/products", {"product": "pack"})
    home = await ana.open()
    assert "€10.00" in home.part("money")
    assert "100 min of 100 min left" in home.part("money")
    assert f"+{ana.signed_up['line']['msisdn']}" in home.text
    again = await ana.browser.ask(f"{BASE}/parts/money", fragment=True)
    assert "€10.00" in again.text
    assert "<html" not in again.html


async def test_others_are_kept_out(
    ana: Subscriber, elsewhere: Api, logs_in: LogsIn, staff: Browser
) -> None:
    assert (await ana.browser.ask("/staff/examples")).status == 403
    assert (await ana.browser.ask("/self-care/other")).goes_to.startswith("/self-care/other/login")
    assert (await staff.ask(BASE)).goes_to.startswith(f"{BASE}/login")
    assert (await ana.browser.ask("/self-care/nobody")).status == 404
    assert (await ana.browser.ask("/self-care/nobody/brand.css")).status == 404


async def test_a_customer_with_several_lines_chooses_one(
    ana: Subscriber, logs_in: LogsIn, rich_api: Api
) -> None:
    second = (await rich_api.post(f"/v1/accounts/{ana.account}/lines", {"product": "basic"})).json()
    customer = await logs_in(
        "customer-user", realm="customer", subject_id=ana.signed_up["customer"]["id"]
    )
    home = await customer.open(BASE)
    assert home.typed(f"{BASE}/line", "line") != ""
    chosen = await home.send(f"{BASE}/line", line=second["id"])
    page = await chosen.follow()
    assert page.typed(f"{BASE}/line", "line") == second["id"]
    # What is not one's own is not shown, whatever the cookie says.
    stranger = await rich_api.sign_up()
    await page.send(f"{BASE}/line", line=stranger["line"]["id"])
    assert stranger["line"]["msisdn"] not in (await customer.open(BASE)).text


async def test_an_add_on_is_bought_and_cancelled(ana: Subscriber) -> None:
    shop = await ana.open("/add-ons")
    bought = await shop.send(f"{BASE}/add-ons", product="pack")
    assert bought.goes_to == f"{BASE}/add-ons?done=add-on-bought"
    again = await shop.send(f"{BASE}/add-ons", product="pack", idempotency_key="other")
    assert (again.status, "already" in again.text) == (409, True)
    [addon] = (await ana.api.get(f"/v1/lines/{ana.line}/products")).json()["items"]
    cancel = f"{BASE}/add-ons/{addon['id']}/cancellation"
    gone = await (await bought.follow()).send(cancel)
    assert gone.goes_to == f"{BASE}/add-ons?done=add-on-cancelled"
    [ended] = (await ana.api.get(f"/v1/lines/{ana.line}/products")).json()["items"]
    assert ended["status"] == "ended"


async def test_an_add_on_that_costs_something_is_paid_from_the_balance(ana: Subscriber) -> None:
    await ana.api.post("/v1/catalog/versions?publish=true", catalogue("4.99"))
    shop = await ana.open("/add-ons")
    assert "It is there at once, for €4.99 from your balance." in shop.text
    dearer = await shop.send(f"{BASE}/add-ons", product="week", price="3.99")
    assert (dearer.status, "The price is another by now" in dearer.text) == (409, True)
    await shop.send(f"{BASE}/add-ons", product="week", price="4.99")
    # A second click buys nothing twice.
    bought = await shop.send(f"{BASE}/add-ons", product="week", price="4.99")
    assert bought.goes_to == f"{BASE}/add-ons?done=add-on-bought"
    after = await bought.follow()
    assert "Your balance is €5.01." in after.text
    went_out = (await ana.open("/history?kind=add-ons")).text
    assert ("A week" in went_out, "€4.99" in went_out) == (True, True)
    await after.send(f"{BASE}/add-ons", product="week", price="4.99")
    poor = await ana.open("/add-ons")
    assert "It costs €4.99, and your balance does not cover that." in poor.text
    assert f"{BASE}/top-up" in poor.links
    refused = await shop.send(
        f"{BASE}/add-ons", product="week", price="4.99", idempotency_key="late"
    )
    assert (refused.status, "The balance is too small" in refused.text) == (409, True)


async def test_the_sim_card_is_blocked_and_the_block_ended(ana: Subscriber) -> None:
    blocked = await (await ana.open("/sim")).send(f"{BASE}/sim/block")
    line = (await ana.api.get(f"/v1/lines/{ana.line}")).json()
    assert (line["status"], line["blocked_by"]) == ("blocked", "subscriber")
    assert "This line is blocked" in (await ana.open()).text
    await (await blocked.follow()).send(f"{BASE}/sim/unblock")
    assert (await ana.api.get(f"/v1/lines/{ana.line}")).json()["status"] == "active"
    await ana.api.patch(f"/v1/lines/{ana.line}", {"status": "blocked"})
    page = await ana.open("/sim")
    assert f"{BASE}/sim/unblock" not in [form.action for form in page.forms]
    plastic = await page.send(f"{BASE}/sim/activation-code")
    assert plastic.status == 404


async def test_the_puk_is_shown_for_the_password(ana: Subscriber) -> None:
    action = f"{BASE}/sim/puk"
    page = await ana.open("/sim")
    unknown = await page.send(action, password=PASSWORD)
    assert (unknown.status, "No codes of the SIM card are known" in unknown.text) == (404, True)
    card = (await ana.api.get(f"/v1/lines/{ana.line}")).json()["iccid"]
    imsi = (await ana.api.get(f"/v1/sims/{card}")).json()["imsi"]
    told = await ana.api.post(
        "/v1/sims/imports",
        content=f"iccid,imsi,pin1,puk1,puk2\n{card},{imsi},4711,87654321,12348765",
        headers={"Content-Type": "text/csv"},
    )
    assert told.is_success, told.text
    assert "87654321" not in page.text
    wrong = await page.send(action, password="another horse")
    assert wrong.status == 422
    assert "The present password is another" in wrong.complaint("password")
    assert wrong.typed(action, "password") == ""
    shown = await wrong.send(action, password=PASSWORD)
    assert shown.status == 200
    for said in ("87654321", "12348765", "Ten wrong tries"):
        assert said in shown.part("puk"), said
    assert "4711" not in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    again = await wrong.send(action, password=PASSWORD)
    assert "87654321" not in again.text, "sent twice it is shown once"
    assert "shown already" in again.part("puk")

    hidden = {"swap_cooling_hours": 24, "puk_to_subscribers": False}
    assert (await ana.api.put("/v1/sims/policy", hidden)).is_success
    assert action not in [form.action for form in (await ana.open("/sim")).forms]
    late = await page.send(action, password=PASSWORD)
    assert (late.status, "The operator does not show the PUK here" in late.text) == (403, True)


async def test_the_puk_rests_after_wrong_passwords(ana: Subscriber) -> None:
    page = await ana.open("/sim")
    for _ in range(5):
        page = await page.send(f"{BASE}/sim/puk", password="another horse")
    resting = await page.send(f"{BASE}/sim/puk", password=PASSWORD)
    assert (resting.status, "Too many failed logins" in resting.text) == (429, True)


async def test_password_and_language_are_ones_own(ana: Subscriber) -> None:
    own = await ana.open("/own")
    wrong = await own.send(
        f"{BASE}/own/password", present="wrong", password="x" * 12, again="x" * 12
    )
    assert wrong.status in (403, 409, 422), wrong.text
    assert wrong.complaint("present")
    changed = await own.send(
        f"{BASE}/own/password",
        present=PASSWORD,
        password="quite another one",
        again="quite another one",
    )
    assert changed.goes_to == f"{BASE}/own?done=password-changed"
    begun = await (await changed.follow()).send(f"{BASE}/own/second-factor")
    assert "QR code of the secret" in begun.html
    await (await ana.open("/more")).send("/preferences", language="de")
    assert (await ana.browser.http.get("/v1/session")).json()["language"] == "de"
    assert '<html lang="de"' in (await ana.open()).html


async def test_who_is_invited_is_told_everything_in_the_language_of_the_invitation(
    rich_api: Api, http: httpx.AsyncClient
) -> None:
    ana = await new_subscriber(rich_api, http)
    http.headers["Accept-Language"] = "fr-FR, uk;q=0.8, en;q=0.5"
    await ana.enter()
    session = (await http.get("/v1/session")).json()
    assert session["language"] == "uk"
    # In another browser as well.
    http.headers["Accept-Language"] = "es"
    assert '<html lang="uk"' in (await ana.open()).html
