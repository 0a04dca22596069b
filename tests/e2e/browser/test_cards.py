"""A card is added and pays, a bank asks and is answered: from page to page, to the cent.

The provider is another site than ours (localhost is another than 127.0.0.1), as in life: what
answers a form may not lead there, and who comes back from there comes without a cookie.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from tests.e2e.browser.conftest import PHONE, Opens, Watched
from tests.e2e.browser.operator import PASSWORD, TENANT, Operator
from tests.support import localstripe
from tests.support.localstripe import LocalStripe

T = TypeVar("T")

HOME = f"/self-care/{TENANT}"


@dataclass
class Provider:
    """Stripe as it is imitated, in a thread of its own."""

    stripe: LocalStripe
    loop: asyncio.AbstractEventLoop

    def ask(self, question: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(question, self.loop).result(20)

    def taken(self) -> list[int]:
        """The cents of every payment that took money."""
        intents = self.ask(self.stripe.intents())
        return sorted(each["amount"] for each in intents if each["status"] == "succeeded")


@pytest.fixture
def provider(operator: Operator, tmp_path: Path) -> Iterator[Provider]:
    reason = localstripe.why_not()
    if reason is not None:
        pytest.skip(f"localstripe binds to every address and {reason}")
    begun, end = threading.Event(), asyncio.Event()
    found: list[Provider] = []

    async def run() -> None:
        async with localstripe.running(tmp_path, "localhost") as stripe:
            found.append(Provider(stripe, asyncio.get_running_loop()))
            begun.set()
            await end.wait()

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    assert begun.wait(30)
    [running] = found
    keys = {"api_key": "sk_test_12345", "webhook_secret": localstripe.SECRET}
    wanted = {"kind": "stripe", "api_url": running.stripe.url, **keys}
    operator.system.api.put("/v1/payment-providers/stripe", wanted)
    yield running
    running.loop.call_soon_threadsafe(end.set)
    thread.join(30)


Phones = Callable[..., Watched]


@pytest.fixture
def phones(operator: Operator, provider: Provider, opens: Opens) -> Phones:
    """``phones()``: a telephone of a new subscriber with ten euros, logged in."""
    api = operator.system.api

    def phone(*, scripts: bool = True) -> Watched:
        line = operator.system.line("10.00", "prepaid")
        invited = api.post(f"/v1/lines/{line.line_id}/self-care-users", {"name": "Eva Babic"})
        login = f"eva-{line.subscriber.msisdn}"
        taken = {"tenant": TENANT, "code": invited["code"], "login": login, "password": PASSWORD}
        api.post("/v1/invitations/acceptance", taken)
        window = opens(PHONE, scripts=scripts)
        window.visits.append(provider.stripe.url)
        window.open(f"{HOME}/login")
        window.page.fill("[name=login]", login)
        window.page.fill("[name=password]", PASSWORD)
        window.page.click("button.primary")
        window.page.wait_for_url(f"**{HOME}")
        return window

    return phone


@pytest.fixture
def phone(phones: Phones) -> Watched:
    return phones()


def balance(phone: Watched) -> str:
    phone.open(HOME)
    return phone.page.inner_text("#money .balance").replace("\n", "")


def add_card(phone: Watched, number: str) -> None:
    """From the button to the provider's page and back."""
    phone.open(f"{HOME}/cards")
    phone.page.click("button:has-text('Add a card')")
    phone.page.wait_for_url("http://localhost:*/c/pay/*")
    for name, text in (("number", number), ("exp_month", "4"), ("exp_year", "2030"), ("cvc", "1")):
        phone.page.fill(f"[name={name}]", text)
    phone.page.click("text=Save card")
    # The provider minds the CVC of one digit, and shows its page again.
    phone.page.fill("[name=number]", number)
    for name, text in (("exp_month", "4"), ("exp_year", "2030"), ("cvc", "123")):
        phone.page.fill(f"[name={name}]", text)
    phone.page.click("text=Save card")
    phone.page.wait_for_url(f"**{HOME}/cards?done=card-saved")
    assert f"Visa •••• {number[-4:]}" in phone.page.inner_text("main")


def pay(phone: Watched, amount: str, last4: str) -> None:
    """Another amount than those offered, with one of the cards."""
    phone.open(f"{HOME}/top-up")
    phone.page.check("[name=choice][value=other]")
    phone.page.fill("[name=amount]", amount)
    phone.page.select_option("[name=method_id]", label=f"Visa •••• {last4}")
    phone.page.click("button:has-text('Pay')")


def test_a_card_is_added_and_the_bank_is_answered(phone: Watched, provider: Provider) -> None:
    add_card(phone, localstripe.GOOD)
    pay(phone, "2.05", "4242")
    phone.page.wait_for_url("**?done=paid")
    assert balance(phone) == "€12.05"

    add_card(phone, localstripe.NEEDS_THE_PAYER)
    pay(phone, "7.31", "3155")
    phone.page.wait_for_url("http://localhost:*/3ds/*")
    assert "Is it you who pays 7.31 EUR?" in phone.page.inner_text("body")
    phone.page.click("text=Yes, it is me")
    phone.page.wait_for_url(f"**{HOME}/top-up?done=paid")
    assert "Your balance is €19.36." in phone.page.inner_text("main")
    assert balance(phone) == "€19.36"
    assert provider.taken() == [205, 731]


def test_a_question_that_is_not_answered_moves_nothing(phone: Watched, provider: Provider) -> None:
    add_card(phone, localstripe.NEEDS_THE_PAYER)
    pay(phone, "7.31", "3155")
    phone.page.wait_for_url("http://localhost:*/3ds/*")
    phone.page.click("text=No")
    phone.page.wait_for_url("**?done=payment-not-confirmed")
    assert "Nothing was paid." in phone.page.inner_text("main")

    pay(phone, "8.00", "3155")
    phone.page.wait_for_url("http://localhost:*/3ds/*")
    phone.open(f"{HOME}/top-up")
    assert "€8.00 are paid once you have answered your bank." in phone.page.inner_text("main")
    phone.page.click("text=Answer my bank")
    phone.page.wait_for_url("http://localhost:*/3ds/*")
    phone.open(f"{HOME}/top-up")
    phone.page.click("text=Do not pay")
    phone.page.wait_for_url("**?done=payment-given-up")
    assert "Answer my bank" not in phone.page.inner_text("main")
    assert balance(phone) == "€10.00"
    phone.open(f"{HOME}/history")
    assert re.findall("Failed|Cancelled", phone.page.inner_text("main")) == ["Cancelled", "Failed"]
    assert provider.taken() == []


def test_who_turns_back_has_no_card(phone: Watched) -> None:
    phone.open(f"{HOME}/top-up")
    phone.page.click("button:has-text('Add a card')")
    phone.page.wait_for_url("http://localhost:*/c/pay/*")
    phone.page.click("text=Back to the shop")
    phone.page.wait_for_url("**?done=card-not-saved")
    assert "No card is saved" in phone.page.inner_text("main")


def test_it_works_without_a_script(phones: Phones, provider: Provider) -> None:
    phone = phones(scripts=False)
    add_card(phone, localstripe.NEEDS_THE_PAYER)
    pay(phone, "1.23", "3155")
    phone.page.wait_for_url("http://localhost:*/3ds/*")
    phone.page.click("text=Yes, it is me")
    phone.page.wait_for_url(f"**{HOME}/top-up?done=paid")
    assert balance(phone) == "€11.23"
    assert provider.taken() == [123]
    phone.open(f"{HOME}/cards")
    phone.page.click("noscript button:has-text('Remove')")
    phone.page.wait_for_url("**?done=card-removed")
    assert "No card is saved" in phone.page.inner_text("main")
