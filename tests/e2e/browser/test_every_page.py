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
RUN = "options => axe.run(document, {resultTypes: ['violations'], ...options})"
COLOURS = {"runOnly": ["color-contrast"]}
"""All that differs between light and dark."""

SELF_CARE = f"/self-care/{TENANT}"


def violations(window: Watched, options: dict[str, Any]) -> list[str]:
    """What axe-core finds that keeps people out."""
    found = window.page.evaluate(RUN, options)
    where = f"{window.path} {window.page.viewport_size}"
    return [
        f"{where}: {each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        if each["impact"] in GRAVE
        for node in each["nodes"]
    ]


def look(window: Watched) -> list[str]:
    """A page on a telephone and on a desk, in light and in dark."""
    page = window.page
    page.evaluate(AXE)
    found = []
    for size, first, second in ((PHONE, "light", "dark"), (DESKTOP, "dark", "light")):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.emulate_media(color_scheme=first)  # type: ignore[arg-type]
        found += violations(window, {})
        page.emulate_media(color_scheme=second)  # type: ignore[arg-type]
        found += violations(window, COLOURS)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        found += [f"{window.path} is {wide} px too wide for {size}"] if wide > 0 else []
    return found


def test_every_page_of_staff(staff: Watched) -> None:
    found = []
    starts = ("/staff", "/login", "/staff/search?q=Ivo")
    for _ in every_kind_of_page(staff, *starts, within="/staff"):
        found += look(staff)
    assert not found, "\n".join(found)


def test_every_page_of_self_care(subscriber: Watched) -> None:
    found = []
    starts = (SELF_CARE, f"{SELF_CARE}/login", f"{SELF_CARE}/welcome")
    for _ in every_kind_of_page(subscriber, *starts, within=SELF_CARE):
        found += look(subscriber)
    assert not found, "\n".join(found)
