"""Money in self-care: vouchers, cards, packs, transfers, and why something cost what it did."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from tests.integration.api.conftest import Api
from tests.integration.api.test_vouchers import Printer, printer, sold
from tests.integration.pages.subscriber import BASE, Subscriber
from tests.support import localstripe
from tests.support.core_engine import CoreEngine

__all__ = ["printer"]


@pytest.fixture
def engine(core_engine: CoreEngine) -> CoreEngine:
    return core_engine


async def balance(ana: Subscriber) -> str:
    live = await ana.api.get(f"/v1/accounts/{ana.account}/balance")
    return str(live.json()["balance"])


async def test_a_voucher_tops_up_and_wrong_pins_are_told_kindly(
    ana: Subscriber,
    printer: Printer,
) -> None:
    _, pin = await sold(ana.api, printer, value="5.00")
    redeem = f"{BASE}/top-up/voucher"
    spaced = " ".join(pin[at : at + 4] for at in range(0, 16, 4))
    used = await (await ana.open("/top-up")).send(redeem, pin=spaced)
    assert used.goes_to == f"{BASE}/top-up?done=redeemed"
    assert await balance(ana) == "15.00"
    page = await used.follow()
    assert "€15.00" in page.text
    again = await page.send(redeem, pin=pin)
    assert (again.status, "Each works once" in again.text) == (409, True)
    wrong = await page.send(redeem, pin="1111222233334444", idempotency_key=str(uuid4()))
    assert "You may try 4 more times." in wrong.text
    assert wrong.typed(redeem, "pin") == ""
    for _ in range(4):
        wrong = await wrong.send(redeem, pin="1111222233334444")
    locked = await wrong.send(redeem, pin="1111222233334444")
    assert (locked.status, "vouchers rest for a while" in locked.text) == (429, True)
    assert "Voucher" in (await ana.open("/history?kind=vouchers")).part("content")


async def test_a_saved_card_pays_and_is_forgotten(ana: Subscriber, tmp_path: Path) -> None:
    assert "No card is saved" in (await ana.open("/top-up")).text
    async with localstripe.running(tmp_path) as stripe:
        provider = {
            "kind": "stripe",
            "api_key": "sk_test_12345",
            "webhook_secret": localstripe.SECRET,
            "api_url": stripe.url,
        }
        assert (await ana.api.put("/v1/payment-providers/stripe", provider)).status_code == 200
        path = f"/v1/accounts/{ana.account}/payment-methods"
        for number in (localstripe.DECLINED_WHEN_CHARGED, localstripe.GOOD):
            body = {"provider": "stripe", "token": await stripe.card(number)}
            assert (await ana.api.post(path, body, key=str(uuid4()))).status_code == 201
        methods = (await ana.api.get(path)).json()["items"]
        good, bad = (
            next(each["id"] for each in methods if each["last4"] == number[-4:])
            for number in (localstripe.GOOD, localstripe.DECLINED_WHEN_CHARGED)
        )
        page = await ana.open("/top-up")
        pay = f"{BASE}/top-up/card"
        nothing = await page.send(pay, choice="other", amount="-1", method_id=good)
        assert (nothing.status, nothing.typed(pay, "amount")) == (422, "-1")
        assert nothing.complaint("amount")
        declined = await page.send(pay, choice="20.00", method_id=bad)
        assert "The card was declined" in declined.text
        paid = await page.send(
            pay, choice="other", amount="12.50", method_id=good, idempotency_key="p"
        )
        assert paid.goes_to == f"{BASE}/top-up?done=paid"
        assert await balance(ana) == "22.50"
        automatic = f"{BASE}/top-up/automatic"
        form = await ana.open("/top-up/automatic")
        odd = await form.send(automatic, threshold="much", method_id=good)
        assert (odd.status, odd.typed(automatic, "threshold")) == (422, "much")
        kept = await form.send(automatic, threshold="3.00", method_id=good)
        assert kept.goes_to == f"{BASE}/top-up?done=automatic-set"
        assert "below €3.00" in (await kept.follow()).text
        removed = await (await ana.open("/cards")).send(f"{BASE}/cards/{bad}/removal")
        assert removed.goes_to == f"{BASE}/cards?done=card-removed"
        assert "€12.50" in (await ana.open("/history")).text


async def test_a_pack_is_paid_from_the_balance(ana: Subscriber) -> None:
    shop = await ana.open("/add-ons")
    assert "€4.00" in shop.text
    packs = f"{BASE}/add-ons/packs"
    bought = await shop.send(packs, bucket="family", option="small")
    assert bought.goes_to == f"{BASE}/add-ons?done=pack-bought"
    assert await balance(ana) == "6.00"
    dear = await shop.send(packs, bucket="purse", option="big", idempotency_key="x")
    assert (dear.status, "The balance is too small" in dear.text) == (409, True)


async def test_money_is_sent_after_a_second_look(ana: Subscriber, rich_api: Api) -> None:
    assert "not offered" in (await ana.open("/transfers")).text
    terms = {"least": "1.00", "most": "20.00", "fee": "0.10", "fee_per_mille": 10}
    await rich_api.put("/v1/transfer-terms/EUR", terms)
    other = await rich_api.sign_up()
    send = f"{BASE}/transfers"
    page = await ana.open("/transfers")
    assert "€0.10 + 1 % of the amount" in page.text
    number = f"+{other['line']['msisdn']}"
    asked = await page.send(send, to=number, amount="2.00")
    assert (asked.status, "Is this right?" in asked.text) == (200, True)
    assert await balance(ana) == "10.00"
    sent = await asked.send(send)
    assert sent.goes_to == f"{send}?done=money-sent"
    assert await balance(ana) == "7.88"
    much = await (await page.send(send, to=number, amount="200")).send(send)
    assert (much.status, much.typed(send, "amount")) == (409, "200")
    nobody = await (await page.send(send, to="999", amount="2", idempotency_key="n")).send(send)
    assert (nobody.status, bool(nobody.complaint("to"))) == (404, True)


async def test_a_charge_is_explained_in_words(ana: Subscriber, engine: CoreEngine) -> None:
    await ana.api.post(f"/v1/lines/{ana.line}/products", {"product": "pack"})
    call = {
        "tenant": str(ana.api.actor.tenant_id),
        "session": str(uuid4()),
        "msisdn": ana.signed_up["line"]["msisdn"],
        "service": "voice",
        "destination": "385981234567",
    }
    assert engine.charge({**call, "type": "reserve", "number": 0}).get("ok")
    engine.charge({**call, "type": "commit", "number": 1, "used": 6600})
    await engine.materialise()
    page = await ana.open("/usage")
    assert "Call to +385981234567" in page.text
    assert "1:40:00, rate “its rate”, from min100" in page.text or "from min100" in page.text
    assert "from your balance €1.00" in page.text
    assert "Balance after it €9.00" in page.text
