"""Cards in self-care: added on the provider's page; a bank's question answered on the bank's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from litestar import Litestar
from tests.integration.pages.browser import Browser
from tests.integration.pages.subscriber import BASE, Subscriber
from tests.integration.pages.test_self_care_money import balance
from tests.support import localstripe
from tests.support.core_engine import CoreEngine
from tests.support.localstripe import LocalStripe

PUBLIC_URL = "https://my.operator.example"
PAY = f"{BASE}/top-up/card"


@pytest.fixture
def engine(core_engine: CoreEngine) -> CoreEngine:
    return core_engine


@pytest.fixture
async def stripe(
    ana: Subscriber, application: Litestar, tmp_path: Path
) -> AsyncIterator[LocalStripe]:
    application.state.public_url = PUBLIC_URL
    async with localstripe.running(tmp_path) as running:
        provider = {
            "kind": "stripe",
            "api_key": "sk_test_12345",
            "webhook_secret": localstripe.SECRET,
            "api_url": running.url,
        }
        assert (await ana.api.put("/v1/payment-providers/stripe", provider)).status_code == 200
        yield running


def onward(html: str) -> str:
    """Where a page sends its reader on to by itself."""
    return html.partition('http-equiv="refresh" content="0;url=')[2].partition('"')[0]


async def added(ana: Subscriber, stripe: LocalStripe, number: str = localstripe.GOOD) -> None:
    """Add a card, from the button to the list."""
    leaving = await (await ana.open("/cards")).send(f"{BASE}/cards")
    url = onward(leaving.html)
    assert (leaving.status, url.startswith(f"{stripe.url}/c/pay/")) == (200, True)
    assert url in leaving.links
    assert "127.0.0.1" in leaving.text
    back = (await stripe.save_on_page(url, number)).headers["Location"]
    assert back.startswith(f"{PUBLIC_URL}{BASE}/back/cards/")
    landed = await ana.open(back.removeprefix(PUBLIC_URL + BASE))
    looked = await ana.browser.ask(onward(landed.html))
    assert looked.goes_to == f"{BASE}/cards?done=card-saved"
    page = await looked.follow()
    assert f"•••• {number[-4:]}" in page.text
    assert "The card is saved." in page.text


async def asked(ana: Subscriber, stripe: LocalStripe, amount: str = "7.01") -> str:
    """Pay with a card whose bank asks; where it does."""
    await added(ana, stripe, localstripe.NEEDS_THE_PAYER)
    leaving = await (await ana.open("/top-up")).send(PAY, choice="other", amount=amount)
    url = onward(leaving.html)
    assert (leaving.status, url.startswith(f"{stripe.url}/3ds/")) == (200, True)
    return url


async def came_back(ana: Subscriber, location: str) -> str:
    """What is said once the bank's page has led back."""
    assert location.startswith(f"{PUBLIC_URL}{BASE}/back/payments/")
    landed = await ana.open(location.removeprefix(PUBLIC_URL + BASE))
    return (await ana.browser.ask(onward(landed.html))).goes_to


async def test_a_card_is_added_and_pays(ana: Subscriber, stripe: LocalStripe) -> None:
    assert "No card is saved" in (await ana.open("/top-up")).text
    await added(ana, stripe)
    paid = await (await ana.open("/top-up")).send(PAY, choice="other", amount="12.34")
    assert paid.goes_to == f"{BASE}/top-up?done=paid"
    assert await balance(ana) == "22.34"


async def test_who_turns_back_has_no_card(ana: Subscriber, stripe: LocalStripe) -> None:
    leaving = await (await ana.open("/top-up")).send(f"{BASE}/cards")
    [session] = stripe.pages.sessions.values()
    assert onward(leaving.html).endswith(session.ref)
    cancelled = session.wanted["cancel_url"].removeprefix(PUBLIC_URL + BASE)
    landed = await ana.open(cancelled)
    looked = await ana.browser.ask(onward(landed.html))
    assert looked.goes_to == f"{BASE}/cards?done=card-not-saved"
    assert "No card was saved." in (await looked.follow()).text


async def test_the_bank_asks_and_is_answered(ana: Subscriber, stripe: LocalStripe) -> None:
    url = await asked(ana, stripe)
    page = await ana.open("/top-up")
    assert ("€7.01 are paid once you have answered your bank" in page.text, url in page.links) == (
        True,
        True,
    )
    back = await stripe.answer_on_page(url, "yes")
    for _ in range(2):
        said = await came_back(ana, back.headers["Location"])
        assert said == f"{BASE}/top-up?done=paid"
    assert await balance(ana) == "17.01"
    assert url not in (await ana.open("/top-up")).links


async def test_the_bank_is_not_satisfied(ana: Subscriber, stripe: LocalStripe) -> None:
    back = await stripe.answer_on_page(await asked(ana, stripe), "no")
    said = await came_back(ana, back.headers["Location"])
    assert said == f"{BASE}/top-up?done=payment-not-confirmed"
    assert "Nothing was paid." in (await ana.browser.open(said)).text
    assert await balance(ana) == "10.00"
    staff = (await ana.api.get("/v1/payments")).json()["items"][0]
    assert staff["failure"] == "payment_intent_authentication_failure"


async def test_a_question_is_left_alone_and_given_up(ana: Subscriber, stripe: LocalStripe) -> None:
    url = await asked(ana, stripe)
    payment = (await ana.api.get("/v1/payments")).json()["items"][0]["id"]
    early = await came_back(ana, f"{PUBLIC_URL}{BASE}/back/payments/{payment}")
    assert early == f"{BASE}/top-up?done=payment-waits"
    page = await ana.browser.open(early)
    give_up = f"{BASE}/top-up/payments/{payment}/cancellation"
    given_up = await page.send(give_up)
    assert given_up.goes_to == f"{BASE}/top-up?done=payment-given-up"
    await stripe.answer_on_page(url, "yes")
    assert (await page.send(give_up)).goes_to == f"{BASE}/top-up?done=payment-given-up"
    assert await balance(ana) == "10.00"


async def test_staff_see_what_the_bank_asks_and_what_came_of_it(
    ana: Subscriber, stripe: LocalStripe, staff: Browser
) -> None:
    url = await asked(ana, stripe)
    payment = (await ana.api.get("/v1/payments")).json()["items"][0]["id"]
    shown = await staff.open(f"/staff/payments/{payment}")
    assert "The bank asks the owner of the card first." in shown.text
    assert url in shown.text
    await stripe.answer_on_page(url, "no")
    await ana.api.post(f"/v1/payments/{payment}/continuation", key="on")
    shown = await staff.open(f"/staff/payments/{payment}")
    assert "The bank asked the owner of the card, and was not satisfied." in shown.text
    assert url not in shown.text


async def test_where_no_provider_takes_cards_the_page_says_so(
    ana: Subscriber, application: Litestar
) -> None:
    application.state.public_url = PUBLIC_URL
    for path in ("/cards", "/top-up"):
        page = await ana.open(path)
        assert "Cards cannot be added here." in page.text
        assert [form for form in page.forms if form.action == f"{BASE}/cards"] == []
    await ana.api.put("/v1/payment-providers/counter", {"kind": "cash_desk"})
    assert "Cards cannot be added here." in (await ana.open("/cards")).text


async def test_without_a_session_one_logs_in_and_goes_on(
    ana: Subscriber, stripe: LocalStripe
) -> None:
    leaving = await (await ana.open("/cards")).send(f"{BASE}/cards")
    back = (await stripe.save_on_page(onward(leaving.html))).headers["Location"]
    ana.browser.http.cookies.clear()
    landed = await ana.open(back.removeprefix(PUBLIC_URL + BASE))
    login = await (await ana.browser.ask(onward(landed.html))).follow()
    entered = await login.send(f"{BASE}/login", login="ana", password="correct horse battery")
    assert entered.goes_to == onward(landed.html)
    assert (await ana.browser.ask(entered.goes_to)).goes_to == f"{BASE}/cards?done=card-saved"


async def test_a_strangers_way_back_leads_nowhere(ana: Subscriber, stripe: LocalStripe) -> None:
    other = (await ana.api.sign_up())["account"]["id"]
    path = f"/v1/accounts/{other}/payment-method-setups"
    setup = (await ana.api.post(path, {"provider": "stripe"}, key="other")).json()
    await stripe.save_on_page(setup["url"])
    looked = await ana.browser.ask(f"{BASE}/cards/added/{setup['id']}")
    assert looked.status == 404
    assert (await ana.api.get(f"{path}/{setup['id']}")).json()["status"] == "open"
    no_id = await ana.browser.ask(f"{BASE}/back/cards/elsewhere.example")
    assert no_id.status == 404
