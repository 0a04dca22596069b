"""Every page there is: for everybody to use, in light and dark, on a desk and on a telephone.

Opening them also finds links that lead nowhere, errors on the console, and requests to other hosts
(see ``opens``).
"""

from __future__ import annotations

from typing import Any, Final

from axe_playwright_python.base import AXE_FILE_PATH
from tests.e2e.browser.conftest import DESKTOP, PHONE, Watched
from tests.e2e.browser.crawl import every_kind_of_page
from tests.e2e.browser.operator import TENANT

AXE: Final = AXE_FILE_PATH.read_text("utf-8")
GRAVE = ("serious", "critical")
RUN = """([part, options]) =>
    axe.run(part || document, {resultTypes: ['violations'], ...options})"""
COLOURS = {"runOnly": ["color-contrast"]}
"""All that differs between light and dark."""

SELF_CARE = f"/self-care/{TENANT}"


def violations(window: Watched, part: str, options: dict[str, Any]) -> list[str]:
    """What axe-core finds that keeps people out of a part of the page; empty: of all of it."""
    found = window.page.evaluate(RUN, [part, options])
    where = f"{window.path} {window.page.viewport_size}"
    return [
        f"{where}: {each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        if each["impact"] in GRAVE
        for node in each["nodes"]
    ]


def look(window: Watched, part: str) -> list[str]:
    """A page on a telephone and on a desk, in light and in dark; the first time all of it, then
    ``part``: what is around it is the same on every page."""
    page = window.page
    page.evaluate(AXE)
    found = []
    for size, first, second in ((PHONE, "light", "dark"), (DESKTOP, "dark", "light")):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.emulate_media(color_scheme=first)  # type: ignore[arg-type]
        found += violations(window, part if size is DESKTOP else "", {})
        page.emulate_media(color_scheme=second)  # type: ignore[arg-type]
        found += violations(window, part, COLOURS)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        found += [f"{window.path} is {wide} px too wide for {size}"] if wide > 0 else []
    return found


def look_at_all(window: Watched, *starts: str, within: str) -> list[str]:
    """Every page that can be reached from ``starts``."""
    found = []
    for number, _ in enumerate(every_kind_of_page(window, *starts, within=within)):
        found += look(window, "main" if number else "")
    return found


def test_every_page_of_staff(staff: Watched) -> None:
    starts = ("/staff", "/login", "/staff/search?q=Ivo")
    found = look_at_all(staff, *starts, within="/staff")
    assert not found, "\n".join(found)


def test_every_page_of_self_care(subscriber: Watched) -> None:
    starts = (SELF_CARE, f"{SELF_CARE}/login", f"{SELF_CARE}/welcome")
    found = look_at_all(subscriber, *starts, within=SELF_CARE)
    assert not found, "\n".join(found)
