"""Pages of the provider's: to save a card on, and of a bank that asks before it pays."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar
from tests.integration.api.conftest import Api
from tests.integration.api.test_provider_payments import (
    Till,
    engine,
    saved,
    stripe,
    till,
    told,
    worker,
)
from tests.support import localstripe
from tests.support.books import cents
from tests.support.localstripe import LocalStripe

from openmvno.payments import carrying_on
from openmvno.payments.providers.stripe_cards import StripeCards

__all__ = ["engine", "stripe", "till", "worker"]

PUBLIC_URL = "https://my.operator.example"
BACK = f"{PUBLIC_URL}/self-care/acme/back"


@pytest.fixture(autouse=True)
def public(application: Litestar) -> None:
    """Browsers reach it at a public address."""
    application.state.public_url = PUBLIC_URL


def setups(till: Till) -> str:
    return f"/v1/accounts/{till.account}/payment-method-setups"


async def begun(till: Till, key: str = "") -> dict[str, Any]:
    response = await till.api.post(setups(till), {"provider": "stripe"}, key=key or str(uuid4()))
    assert response.status_code == 201, response.text
    setup: dict[str, Any] = response.json()
    assert response.headers["Location"] == f"{setups(till)}/{setup['id']}"
    return setup


async def completed(till: Till, setup: dict[str, Any]) -> dict[str, Any]:
    response = await till.api.post(f"{setups(till)}/{setup['id']}/completion")
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def cards(till: Till) -> list[tuple[str, str, str]]:
    listed = await till.api.get(f"/v1/accounts/{till.account}/payment-methods")
    return [(each["brand"], each["last4"], each["expires"]) for each in listed.json()["items"]]


async def look(till: Till, **more: Any) -> None:
    await carrying_on.look(till.worker, till.sealer, PUBLIC_URL, patience=0, **more)


def session_event(stripe: LocalStripe, kind: str = "completed") -> dict[str, Any]:
    """What Stripe says of the only Checkout Session."""
    [session] = stripe.pages.sessions.values()
    thing = {
        "id": session.ref,
        "object": "checkout.session",
        "mode": "setup",
        "currency": None,
        "payment_intent": None,
        "status": session.status,
    }
    return {"id": "evt_cs", "type": f"checkout.session.{kind}", "data": {"object": thing}}


# -- saving a card ---------------------------------------------------------------------------------


async def test_a_card_is_saved_on_the_providers_page(till: Till, stripe: LocalStripe) -> None:
    offered = await till.api.get(f"/v1/accounts/{till.account}/payment-method-providers")
    assert offered.json() == [{"name": "stripe", "kind": "stripe"}]
    setup = await begun(till, "s-1")
    assert (setup["status"], setup["method_id"]) == ("open", None)
    assert setup["url"].startswith(f"{stripe.url}/c/pay/")
    assert await begun(till, "s-1") == setup, "asked for twice it is one page"
    assert len(stripe.pages.sessions) == 1
    assert (await completed(till, setup))["status"] == "open"
    assert await cards(till) == []

    refused = await stripe.save_on_page(setup["url"], localstripe.DECLINED_WHEN_SAVED)
    assert (refused.status_code, "declined" in refused.text) == (200, True)
    assert (await completed(till, setup))["status"] == "open"
    back = await stripe.save_on_page(setup["url"])
    assert back.headers["Location"] == f"{BACK}/cards/{setup['id']}"

    done = await completed(till, setup)
    assert (done["status"], done["url"]) == ("saved", None)
    assert await cards(till) == [("visa", "4242", "2030-04")]
    assert (await till.api.get(f"{setups(till)}/{setup['id']}")).json() == done
    paid = (await till.pay(method_id=done["method_id"], amount="10.00")).json()
    assert (paid["status"], await till.balance()) == ("paid", 10_000_000)
    actions = [each["action"] for each in (await till.api.get("/v1/audit")).json()["items"]]
    assert actions.count("payment_method.saved") == 1
    assert "payment_method_setup.begun" in actions


async def test_whoever_comes_first_saves_the_card_once(till: Till, stripe: LocalStripe) -> None:
    setup = await begun(till)
    await stripe.save_on_page(setup["url"])
    event = session_event(stripe)
    answers = await asyncio.gather(
        *(completed(till, setup) for _ in range(3)),
        *(told(till, {**event, "id": f"evt_{number}"}) for number in range(3)),
        return_exceptions=True,
    )
    assert [each for each in answers if isinstance(each, BaseException)] == []
    assert await cards(till) == [("visa", "4242", "2030-04")]
    assert (await told(till, event)).status_code == 200
    assert await till.api.count("payment_method") == 1


async def test_the_message_alone_saves_it(till: Till, stripe: LocalStripe) -> None:
    setup = await begun(till)
    # What a message says is not believed: the page is open still.
    assert (await told(till, session_event(stripe))).status_code == 200
    assert await cards(till) == []
    await stripe.save_on_page(setup["url"])
    event = {**session_event(stripe), "id": "evt_2"}
    assert (await told(till, event)).status_code == 200
    assert await cards(till) == [("visa", "4242", "2030-04")]
    foreign = {**event, "id": "evt_3"}
    foreign["data"] = {"object": {**event["data"]["object"], "id": "cs_of_somebody"}}
    assert (await told(till, foreign)).status_code == 200
    assert await till.api.count("payment_method") == 1


async def test_what_nobody_comes_back_from_ends(till: Till, stripe: LocalStripe) -> None:
    forgotten = await begun(till)
    await look(till)
    assert (await till.api.get(f"{setups(till)}/{forgotten['id']}")).json()["status"] == "open"
    used = await begun(till)
    await stripe.save_on_page(used["url"])
    till.engine.connection.execute("UPDATE payment_method_setup SET expires_at = now()")
    await look(till)
    found = [
        (await till.api.get(f"{setups(till)}/{each['id']}")).json() for each in (forgotten, used)
    ]
    assert [each["status"] for each in found] == ["expired", "saved"]
    assert found[0]["url"] is None
    assert await cards(till) == [("visa", "4242", "2030-04")]
    # A card that was saved a moment too late is a card.
    await stripe.save_on_page(forgotten["url"])
    assert (await completed(till, forgotten))["status"] == "saved"
    assert len(await cards(till)) == 2


async def test_what_was_saved_for_somebody_else_is_not_taken(
    till: Till, stripe: LocalStripe
) -> None:
    setup, other = await begun(till), await begun(till)
    await stripe.save_on_page(other["url"])
    refs = list(stripe.pages.sessions)
    connection = till.engine.connection
    connection.execute("UPDATE payment_method_setup SET provider_ref = NULL")
    connection.execute(
        "UPDATE payment_method_setup SET provider_ref = %s WHERE setup_id = %s",
        (refs[1], setup["id"]),
    )
    assert (await completed(till, setup))["status"] == "expired"
    assert await cards(till) == []


async def test_a_setup_goes_on_once_the_provider_answers(till: Till, stripe: LocalStripe) -> None:
    set_url = "UPDATE payment_provider SET api_url = %s WHERE name = 'stripe'"
    till.engine.connection.execute(set_url, ("http://127.0.0.1:9",))
    away = await till.api.post(setups(till), {"provider": "stripe"}, key="away")
    assert (away.status_code, away.json()["code"]) == (503, "payment_provider_unavailable")
    till.engine.connection.execute(set_url, (stripe.url,))
    assert (await begun(till, "away"))["url"].startswith(stripe.url)
    assert await till.api.count("payment_method_setup") == 1


async def test_nobody_is_sent_to_an_address_that_is_not_the_providers(
    till: Till, stripe: LocalStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    for url in ("http://elsewhere.example/pay", "javascript:alert(1)", "//elsewhere.example", ""):
        assert StripeCards("sk", "whsec")._page(url) is None, url
        assert StripeCards("sk", "whsec", stripe.url)._page(url) is None, url
    assert StripeCards("sk", "whsec")._page(f"{stripe.url}/c/pay/cs") is None
    good = "https://checkout.stripe.com/c/pay/cs_1"
    assert StripeCards("sk", "whsec")._page(good) == good
    monkeypatch.setattr(stripe.pages, "base", "http://elsewhere.example")
    away = await till.api.post(setups(till), {"provider": "stripe"}, key=str(uuid4()))
    assert (away.status_code, away.json()["code"]) == (503, "payment_provider_unavailable")
    method = await saved(till, stripe, localstripe.NEEDS_THE_PAYER)
    waiting = (await till.pay(method_id=method, amount="7.00")).json()
    assert (waiting["status"], waiting["action_url"]) == ("requires_action", None)


async def test_bad_requests_to_save_a_card(till: Till, stripe: LocalStripe) -> None:
    for provider, code in (
        ("counter", "payment_provider_unsuitable"),
        ("nobody", "payment_provider_not_found"),
    ):
        assert await till.refused(setups(till), {"provider": provider}) == code
    body = {"provider": "stripe", "return_url": "https://elsewhere.example"}
    assert await till.refused(setups(till), body) == "request_malformed"
    no_key = await till.api.post(setups(till), {"provider": "stripe"})
    assert no_key.json()["code"] == "idempotency_key_missing"
    unknown = await till.api.post(f"{setups(till)}/{uuid4()}/completion")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "payment_method_setup_not_found")
    other = (await till.api.sign_up())["account"]["id"]
    setup = await begun(till)
    path = f"/v1/accounts/{other}/payment-method-setups/{setup['id']}"
    assert (await till.api.get(path)).status_code == 404
    assert (await till.api.post(f"{path}/completion")).status_code == 404
    assert await till.api.count("payment_method_setup") == 1
    switched_off = {"kind": "stripe", "enabled": False, "api_key": "k", "webhook_secret": "s"}
    await till.api.put("/v1/payment-providers/stripe", switched_off)
    offered = await till.api.get(f"/v1/accounts/{till.account}/payment-method-providers")
    assert offered.json() == []


async def test_without_a_public_address_nobody_is_sent_anywhere(
    till: Till, stripe: LocalStripe, application: Litestar
) -> None:
    application.state.public_url = ""
    offered = await till.api.get(f"/v1/accounts/{till.account}/payment-method-providers")
    assert offered.json() == []
    assert await till.refused(setups(till), {"provider": "stripe"}) == "public_url_missing"
    method = await saved(till, stripe, localstripe.NEEDS_THE_PAYER)
    waiting = (await till.pay(method_id=method, amount="7.00")).json()
    assert (waiting["status"], waiting["action_url"]) == ("requires_action", None)
    assert waiting["client_secret"]
    assert set(stripe.pages.redirects.values()) == {"never"}


# -- the bank's question ---------------------------------------------------------------------------


async def asked(till: Till, stripe: LocalStripe, amount: str = "7.00") -> dict[str, Any]:
    """A payment whose bank asks first."""
    method = await saved(till, stripe, localstripe.NEEDS_THE_PAYER)
    waiting: dict[str, Any] = (await till.pay(method_id=method, amount=amount)).json()
    assert waiting["status"] == "requires_action"
    assert waiting["action_url"].startswith(f"{stripe.url}/3ds/pi_")
    assert await till.balance() == 0
    return waiting


async def carried_on(till: Till, payment: dict[str, Any]) -> httpx.Response:
    return await till.api.post(f"/v1/payments/{payment['id']}/continuation")


def payment_event(stripe: LocalStripe, intent: dict[str, Any]) -> dict[str, Any]:
    thing = {"id": intent["id"], "amount": 700, "currency": "eur", "status": "succeeded"}
    return {"id": "evt_pi", "type": "payment_intent.succeeded", "data": {"object": thing}}


async def test_the_bank_asks_and_is_answered(till: Till, stripe: LocalStripe) -> None:
    waiting = await asked(till, stripe)
    still = await carried_on(till, waiting)
    assert (still.status_code, still.json()["action_url"]) == (200, waiting["action_url"])
    back = await stripe.answer_on_page(waiting["action_url"], "yes")
    assert back.headers["Location"].startswith(f"{BACK}/payments/{waiting['id']}?")
    [intent] = await stripe.intents()
    answers = await asyncio.gather(
        *(carried_on(till, waiting) for _ in range(3)),
        *(told(till, {**payment_event(stripe, intent), "id": f"e{n}"}) for n in range(3)),
        look(till),
    )
    assert {each.status_code for each in answers if each is not None} == {200}
    await till.carry_on()
    paid = (await carried_on(till, waiting)).json()
    assert (paid["status"], paid["allocated"], paid["action_url"]) == ("paid", "7.00", None)
    assert [each["kind"] for each in paid["movements"]] == ["receipt", "allocation"]
    assert await till.balance() == 7_000_000
    assert await cents(till.engine) == {"clearing:stripe": 700, "balance": -700}


async def test_an_answer_nobody_came_back_from_is_found(till: Till, stripe: LocalStripe) -> None:
    waiting = await asked(till, stripe)
    await stripe.answer_on_page(waiting["action_url"], "yes")
    await look(till)
    await till.carry_on()
    assert (await till.payment(waiting["id"]))["status"] == "paid"
    assert await till.balance() == 7_000_000


async def test_the_payer_fails_the_question(till: Till, stripe: LocalStripe) -> None:
    waiting = await asked(till, stripe)
    await stripe.answer_on_page(waiting["action_url"], "no")
    failed = (await carried_on(till, waiting)).json()
    assert failed["status"] == "failed"
    assert failed["failure"] == "payment_intent_authentication_failure"
    assert (failed["action_url"], failed["client_secret"]) == (None, None)
    await look(till)
    assert await till.balance() == 0
    assert await cents(till.engine) == {}


async def test_a_question_nobody_answers_ends_without_money(
    till: Till, stripe: LocalStripe
) -> None:
    waiting = await asked(till, stripe)
    await look(till)
    assert (await till.payment(waiting["id"]))["status"] == "requires_action"
    await look(till, answer_seconds=0)
    failed = await till.payment(waiting["id"])
    assert (failed["status"], failed["failure"]) == ("failed", "not_answered")
    [intent] = await stripe.intents()
    assert intent["status"] == "canceled"
    late = await stripe.answer_on_page(waiting["action_url"], "yes")
    assert late.status_code == 303
    assert (await carried_on(till, waiting)).json()["status"] == "failed"
    assert await till.balance() == 0
    assert await cents(till.engine) == {}


async def test_the_payer_gives_it_up(till: Till, stripe: LocalStripe) -> None:
    waiting = await asked(till, stripe)
    path = f"/v1/payments/{waiting['id']}/cancellation"
    for _ in range(2):
        given_up = await till.api.post(path)
        assert given_up.status_code == 200, given_up.text
        assert given_up.json()["status"] == "cancelled"
    [intent] = await stripe.intents()
    assert intent["status"] == "canceled"
    actions = [each["action"] for each in (await till.api.get("/v1/audit")).json()["items"]]
    assert actions.count("payment.given_up") == 1
    method = await saved(till, stripe)
    paid = (await till.pay(method_id=method, amount="5.00")).json()
    assert await till.refused(f"/v1/payments/{paid['id']}/cancellation", {}) == (
        "payment_state_conflict"
    )
    assert await till.balance() == 5_000_000


async def test_who_answers_and_gives_up_has_paid(till: Till, stripe: LocalStripe) -> None:
    waiting = await asked(till, stripe)
    await stripe.answer_on_page(waiting["action_url"], "yes")
    given_up = await till.api.post(f"/v1/payments/{waiting['id']}/cancellation")
    assert (given_up.status_code, given_up.json()["status"]) == (200, "paid")
    assert await till.balance() == 7_000_000
    assert await cents(till.engine) == {"clearing:stripe": 700, "balance": -700}


async def test_a_message_before_the_payment_is_confirmed_leaves_it_alone(
    till: Till, stripe: LocalStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    method = await saved(till, stripe, localstripe.NEEDS_THE_PAYER)
    confirm = StripeCards.confirm

    async def told_meanwhile(self: StripeCards, ref: str, back_url: str | None) -> Any:
        made = {"id": ref, "amount": 700, "currency": "eur", "status": "requires_confirmation"}
        event = {"id": "evt", "type": "payment_intent.created", "data": {"object": made}}
        assert (await told(till, event, time.time())).status_code == 200
        return await confirm(self, ref, back_url)

    monkeypatch.setattr(StripeCards, "confirm", told_meanwhile)
    waiting = (await till.pay(method_id=method, amount="7.00")).json()
    assert waiting["status"] == "requires_action"
    assert waiting["action_url"].startswith(stripe.url)


async def test_only_ones_own_payment_is_carried_on(
    till: Till, rich_api: Api, tmp_path: Path
) -> None:
    for what in ("continuation", "cancellation"):
        gone = await rich_api.post(f"/v1/payments/{uuid4()}/{what}")
        assert (gone.status_code, gone.json()["code"]) == (404, "payment_not_found")
    cash = (await till.pay(provider="counter", amount="1.00")).json()
    shown = await rich_api.post(f"/v1/payments/{cash['id']}/continuation")
    assert (shown.status_code, shown.json()["status"]) == (200, "paid")
