"""Every page that links lead to: one of each kind."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator

from tests.e2e.browser.conftest import Watched

NAMES = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4,}|(?<=/roles/)(?!new)[^/]+|(?<=/tables/)[^/]+")
"""What names one thing of a kind: an id, a number, an ICCID, a name."""

A_LINK = "a[href^='/']"
DOWNLOADS = (".csv",)
HTTP_OK = 200


def kind_of(path: str) -> str:
    """Pages that differ in what they are about, not in how they are made, are of one kind."""
    return NAMES.sub("*", path.partition("?")[0])


def every_kind_of_page(window: Watched, *starts: str, within: str) -> Iterator[str]:
    """Opens one page of each kind that can be reached by links; yields its path once it is open.

    Fails at the end if a link led nowhere.
    """
    waiting = deque(starts)
    seen = {kind_of(path) for path in starts}
    missing = []
    while waiting:
        path = waiting.popleft()
        if window.open(path) != HTTP_OK:
            missing.append(path)
            continue
        links: list[str] = window.page.eval_on_selector_all(
            A_LINK, "links => links.map(link => link.getAttribute('href'))"
        )
        yield path
        for link in links:
            target = link.partition("#")[0]
            if not target.startswith(within) or target.endswith(DOWNLOADS):
                continue
            if kind_of(target) not in seen:
                seen.add(kind_of(target))
                waiting.append(target)
    assert not missing, "linked and not there"
