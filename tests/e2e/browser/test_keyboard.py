"""Without a mouse."""

from __future__ import annotations

from tests.e2e.browser.conftest import Watched
from tests.e2e.browser.operator import PASSWORD, PUK, TENANT


def focused(window: Watched) -> str:
    """The name of the field, or the words of the link or button that has the focus."""
    text: str = window.page.evaluate(
        "document.activeElement.name || document.activeElement.innerText || ''"
    )
    return text.strip()


def test_the_first_tab_skips_to_the_content(staff: Watched) -> None:
    staff.open("/staff")
    staff.page.keyboard.press("Tab")
    assert focused(staff) == "Skip to the content"
    staff.page.keyboard.press("Enter")
    assert staff.path == "/staff#content"
    staff.page.keyboard.press("Tab")
    inside = staff.page.evaluate("document.activeElement.closest('main, footer') !== null")
    assert inside, "the menu is behind"


def test_slash_searches_and_escape_leaves_a_dialog(staff: Watched) -> None:
    staff.open("/staff")
    staff.page.keyboard.press("/")
    assert focused(staff) == "q"
    staff.page.keyboard.type("Ivo")
    staff.page.wait_for_selector("#found a")
    staff.page.keyboard.press("Tab")
    assert "Ivo" in focused(staff)
    staff.page.keyboard.press("Enter")
    staff.page.wait_for_url("**/staff/customers/*")

    staff.open("/staff/tokens")
    staff.page.focus("button[data-opens=new-token]")
    staff.page.keyboard.press("Enter")
    assert staff.page.locator("dialog#new-token").is_visible()
    staff.page.keyboard.press("Escape")
    assert not staff.page.locator("dialog#new-token").is_visible()
    assert focused(staff) == "New token", "the focus is back where it was"


def test_a_form_is_filled_in_and_sent_by_keys(subscriber: Watched) -> None:
    subscriber.open(f"/self-care/{TENANT}/transfers")
    subscriber.page.focus("[name=to]")
    for text in ("385990000000", "1.00", "tea"):
        subscriber.page.keyboard.type(text)
        subscriber.page.keyboard.press("Tab")
    assert focused(subscriber) == "Go on"
    subscriber.page.keyboard.press("Enter")
    subscriber.page.wait_for_selector("text=Is this right?")
    subscriber.page.focus("main button.primary")
    subscriber.page.keyboard.press("Enter")
    subscriber.page.wait_for_selector("[role=alert]")
    assert subscriber.page.input_value("[name=to]") == "385990000000", "what was typed is there"
    assert focused(subscriber) == "to", "and the focus is on what to mend"


def test_the_puk_is_shown_by_keys(subscriber: Watched) -> None:
    subscriber.open(f"/self-care/{TENANT}/sim")
    assert PUK not in subscriber.page.content()
    for password in ("another horse", PASSWORD):
        subscriber.page.focus("[name=password]")
        subscriber.page.keyboard.type(password)
        subscriber.page.keyboard.press("Enter")
        if password != PASSWORD:
            subscriber.page.wait_for_selector("#password-problem")
            assert focused(subscriber) == "password", "the focus is on what to mend"
    subscriber.page.wait_for_selector(f"#puk >> text={PUK}")


def test_a_refusal_stays_in_its_dialog(staff: Watched) -> None:
    staff.open("/staff/customers/classes")
    staff.page.focus("main a[href$='/classes/new']")
    staff.page.keyboard.press("Enter")
    staff.page.wait_for_selector("#asked[open]")
    staff.page.wait_for_function("document.activeElement.name === 'name'")
    staff.page.keyboard.type("Not A Name")
    staff.page.keyboard.press("Tab")
    staff.page.keyboard.type("Kept")
    staff.page.keyboard.press("Enter")
    staff.page.wait_for_selector("#asked #name-problem")
    assert focused(staff) == "name", "the focus is on what to mend"
    assert staff.page.input_value("#asked [name=note]") == "Kept"
    staff.page.fill("#asked [name=name]", "by-keys")
    staff.page.keyboard.press("Enter")
    staff.page.wait_for_selector("main >> text=by-keys")
    assert staff.path == "/staff/customers/classes?done=saved"
