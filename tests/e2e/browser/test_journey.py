"""From the form at the counter to a charge on the subscriber's telephone."""

from __future__ import annotations

import re

from tests.e2e.browser.conftest import PHONE, Opens, Watched
from tests.e2e.browser.operator import PASSWORD, TENANT, Operator

from openmvno.story.messages import Subscriber

CODE = re.compile(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}")


def test_signed_up_topped_up_charged_and_explained(
    operator: Operator, staff: Watched, opens: Opens
) -> None:
    line = sign_up(staff)
    found = operator.system.api.get(f"/v1/lines/{line}")
    assert found["status"] == "preactive"
    activate(staff, line)
    code = invitation(staff, line)

    phone = opens(PHONE)
    enter(phone, code)
    assert balance(phone) == "€0.00"
    top_up(phone, operator.pin)
    buy_an_hour(phone)
    operator.call(Subscriber(found["msisdn"], found["imsi"]), 3700)

    # 3,600 seconds are the add-on's; 100 at 0.12 a minute are the balance's.
    phone.open(f"/self-care/{TENANT}")
    phone.page.locator(".charges summary").first.click()
    why = phone.page.locator(".charges .why").first.inner_text()
    assert "1:00:00, rate “Croatia”, from 60 minutes" in why
    assert "1:40, rate “Croatia”, from your balance\n€0.20" in why.replace(" €", "\n€")
    assert balance(phone) == "€9.80"
    account = operator.system.api.get(f"/v1/accounts/{found['account_id']}/balance")
    assert account["balance"] == "9.80"


def sign_up(staff: Watched) -> str:
    """Through the form; the line's id."""
    staff.page.click("nav.side a[href='/staff/sign-up']")
    staff.page.fill("[name='customer.name']", "Mia Novak")
    staff.page.select_option("[name=product]", "prepaid")
    staff.page.select_option("[name=status]", "preactive")
    staff.page.click("main button.primary")
    staff.page.wait_for_url(re.compile("/staff/sign-up/[0-9a-f-]{36}"))
    assert "Mia Novak" in staff.page.inner_text("main")
    return staff.path.rpartition("/")[2]


def activate(staff: Watched, line: str) -> None:
    """Asked for in a dialog."""
    staff.open(f"/staff/lines/{line}")
    staff.page.click(f"a[href='/staff/lines/{line}/activate']")
    staff.page.click(
        "dialog[open] form button.primary, dialog[open] form button:not([type=button])"
    )
    staff.page.wait_for_selector(".badge:has-text('Active')")


def invitation(staff: Watched, line: str) -> str:
    """The code that staff hands over."""
    staff.page.click(f"a[href='/staff/lines/{line}/self-care']")
    staff.page.click("dialog[open] button.primary")
    shown = staff.page.wait_for_selector("#invitation-code")
    assert shown is not None
    found = CODE.search(shown.inner_text())
    assert found is not None
    return found.group()


def enter(phone: Watched, code: str) -> None:
    """The first time, with the code."""
    phone.open(f"/self-care/{TENANT}/login")
    phone.page.click("text=Begin with the code you were given")
    for name, text in (
        ("code", code),
        ("login", "mia"),
        ("password", PASSWORD),
        ("again", PASSWORD),
    ):
        phone.page.fill(f"[name={name}]", text)
    phone.page.click("button.primary")
    phone.page.wait_for_url("**?done=welcome")


def balance(phone: Watched) -> str:
    """As it stands on the first page."""
    return phone.page.inner_text("#money .balance").replace("\n", "")


def top_up(phone: Watched, pin: str) -> None:
    """By the voucher's PIN."""
    phone.page.click("nav.own-nav >> text=Top up")
    phone.page.fill("[name=pin]", pin)
    phone.page.click("text=Redeem")
    phone.page.wait_for_url("**?done=redeemed")
    assert "Your balance is €10.00." in phone.page.inner_text("main")


def buy_an_hour(phone: Watched) -> None:
    """An add-on, after a second look."""
    phone.page.click("nav.own-nav >> text=Add-ons")
    phone.page.locator("li:has-text('Hour of calls') button[data-opens]").click()
    phone.page.click("dialog[open] >> text=Get it >> nth=-1")
    phone.page.wait_for_url("**?done=add-on-bought")
