"""The way in to the staff pages, and the frame around each of them."""

from __future__ import annotations

from tests.integration.pages.browser import Browser
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


async def test_the_menu_has_what_one_may_see(staff: Browser, logs_in: LogsIn) -> None:
    few = await logs_in(scopes=["catalog:read"])
    assert "/staff/users" in (await staff.open("/staff/examples")).links
    shown = await few.open("/staff/examples")
    assert "/staff/catalogue" in shown.links
    assert not {"/staff/users", "/staff/customers"} & set(shown.links)
