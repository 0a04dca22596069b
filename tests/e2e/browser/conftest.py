"""A real browser before a real system."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from tests.e2e.browser.operator import (
    CATALOG,
    PASSWORD,
    STAFF,
    SUBSCRIBER,
    TENANT,
    Operator,
    furnished,
)
from tests.support.system import System

from openmvno.story.business import BusinessApi
from openmvno.story.system import endpoints, tenant_token

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def operator(system: System) -> Iterator[Operator]:
    """An operator of its own, with a catalogue, people and money."""
    token = tenant_token(system.settings, TENANT)
    api = BusinessApi(endpoints(system.settings, token).api_url, token)
    assert api.post("/v1/catalog/versions?publish=true", CATALOG)["state"] == "published"
    yield furnished(System(system.settings, api, token))
    api.close()


@pytest.fixture
def chromium(operator: Operator) -> Iterator[Browser]:
    """Debian's Chromium, for one test: Playwright has an event loop running for as long, which
    nothing that has one of its own can bear."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("there is no program chromium (Debian package chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Watched:
    """A window in which nothing may go wrong unseen."""

    base: str
    page: Page
    complaints: list[str] = field(default_factory=list)
    """Errors on the console, of scripts, and requests to other hosts."""
    visits: list[str] = field(default_factory=list)
    """Other hosts that a page of ours may lead to."""

    def open(self, path: str) -> int:
        """Go to an address of ours; its status."""
        answer = self.page.goto(self.base + path, wait_until="load")
        assert answer is not None
        return answer.status

    @property
    def path(self) -> str:
        """Where it is now."""
        return self.page.url.removeprefix(self.base)


Opens = Callable[..., Watched]
"""``opens(PHONE)``: a window of somebody else."""


@pytest.fixture
def opens(chromium: Browser, operator: Operator) -> Iterator[Opens]:
    """Opens windows, and looks at the end whether anything went wrong in one."""
    windows: list[Watched] = []
    contexts: list[BrowserContext] = []

    def window(size: dict[str, int] = DESKTOP, *, scripts: bool = True) -> Watched:
        context = chromium.new_context(
            viewport={"width": size["width"], "height": size["height"]},
            locale="en-GB",
            java_script_enabled=scripts,
        )
        contexts.append(context)
        page = context.new_page()
        watched = Watched(operator.base, page)
        windows.append(watched)

        def said(message: ConsoleMessage) -> None:
            # A page that the API refused says so by its status, which the tests ask for.
            if message.type == "error" and "the server responded" not in message.text:
                watched.complaints.append(f"{page.url}: {message.text}")

        def asked(url: str) -> None:
            if not url.startswith((operator.base, "data:", "blob:", *watched.visits)):
                watched.complaints.append(f"{page.url}: asked {url}")

        page.on("console", said)
        page.on("pageerror", lambda error: watched.complaints.append(f"{page.url}: {error}"))
        page.on("request", lambda request: asked(request.url))
        return watched

    yield window
    for context in contexts:
        context.close()
    assert [each for watched in windows for each in watched.complaints] == []


@pytest.fixture
def staff(opens: Opens) -> Watched:
    """A window of staff, logged in."""
    window = opens()
    window.open("/login")
    for name, text in (("tenant", TENANT), ("login", STAFF), ("password", PASSWORD)):
        window.page.fill(f"[name={name}]", text)
    window.page.click("button.primary")
    window.page.wait_for_url("**/staff")
    return window


@pytest.fixture
def subscriber(opens: Opens) -> Watched:
    """A telephone of somebody the operator serves, logged in."""
    window = opens(PHONE)
    window.open(f"/self-care/{TENANT}/login")
    for name, text in (("login", SUBSCRIBER), ("password", PASSWORD)):
        window.page.fill(f"[name={name}]", text)
    window.page.click("button.primary")
    window.page.wait_for_url(f"**/self-care/{TENANT}")
    return window
