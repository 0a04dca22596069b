"""The way in to the staff pages, and the frame around each of them."""

from __future__ import annotations

from uuid import uuid4

import httpx
from tests.integration.pages.browser import Browser, Shown
from tests.integration.pages.conftest import LogsIn


async def test_who_is_not_logged_in_is_led_to_the_login_and_back(staff: Browser) -> None:
    page = await staff.open("/staff/examples")
    assert "How pages are built" in page.part("content")
    left = await page.send("/logout")
    assert left.goes_to == "/login?done=logged-out"
    turned_away = await staff.ask("/staff/examples")
    assert turned_away.goes_to == "/login?next=/staff/examples"
    again = await (await turned_away.follow()).send(
        "/login", tenant="acme", login="nobody@mvno.example", password="wrong"
    )
    assert again.status == 401
    assert again.typed("/login", "login") == "nobody@mvno.example"
    assert again.typed("/login", "password") == ""


def language_of(page: Shown) -> str:
    return page.html.partition('<html lang="')[2][:2]


async def test_the_language_is_the_browsers_until_one_is_chosen(staff: Browser) -> None:
    staff.http.headers["Accept-Language"] = "de-AT, en;q=0.5"
    assert language_of(await staff.open("/staff/own")) == "de"
    assert language_of(await staff.ask("/staff/nowhere")) == "de"
    # Light or dark says nothing about the language that is sent along with it.
    page = await staff.open("/staff/own")
    assert (await page.send("/preferences", theme="dark")).status == 303
    assert (await staff.http.get("/v1/session")).json()["language"] is None
    await page.send("/preferences", language="es")
    assert language_of(await staff.open("/staff/own")) == "es"

    # It stays in another browser, where somebody else had chosen before and who has chosen nothing
    # gets the browser's own.
    staff.http.cookies.delete("openmvno_language")
    assert language_of(await staff.open("/staff/own")) == "es"
    staff.http.cookies.set("openmvno_language", "uk")
    assert language_of(await staff.open("/staff/own")) == "es"
    assert language_of(await staff.ask(f"/staff/lines/{uuid4()}")) == "es"
    left = await (await staff.open("/staff/own")).send("/logout")
    assert language_of(await left.follow()) == "uk"


async def test_the_login_is_in_the_language_of_the_browser(
    http: httpx.AsyncClient, logs_in: LogsIn
) -> None:
    browser = Browser(http)
    for header, language in (("uk", "uk"), ("fr, es;q=0.3", "es"), ("fr", "en"), ("", "en")):
        http.headers["Accept-Language"] = header
        assert language_of(await browser.open("/login")) == language, header
    http.headers["Accept-Language"] = "uk"
    await (await browser.open("/login")).send("/preferences", language="de")
    assert language_of(await browser.open("/login")) == "de"
    said = await logs_in(language="es")
    said.http.headers["Accept-Language"] = "uk"
    assert language_of(await said.open("/staff/own")) == "es"


async def test_an_address_that_fits_no_page_is_told_as_a_page(staff: Browser) -> None:
    for path in ("/staff/lines/none", "/staff/nowhere", "/self-care/acme/nowhere"):
        missing = await staff.ask(path)
        assert missing.status == 404, path
        assert "What you are looking for is not here" in missing.text, path
        assert "default-src 'none'" in missing.headers["Content-Security-Policy"], path
    assert (await staff.ask("/v1/lines/none")).headers["Content-Type"] == "application/problem+json"


async def test_the_menu_has_what_one_may_see(staff: Browser, logs_in: LogsIn) -> None:
    few = await logs_in(scopes=["catalog:read"])
    assert "/staff/users" in (await staff.open("/staff/examples")).links
    shown = await few.open("/staff/examples")
    assert "/staff/catalogue" in shown.links
    assert not {"/staff/users", "/staff/customers"} & set(shown.links)
