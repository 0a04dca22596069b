"""What is free in the stock, for forms to offer."""

from __future__ import annotations

from typing import Any, Final

from openmvno.web.pages.page import Page

OFFERED: Final = 20
"""As many as a person may want to choose from."""


async def free_sims(page: Page) -> list[dict[str, Any]]:
    """The first SIM cards that are available; none where the reader may not see the stock."""
    found = await page.unless_refused(
        page.api.get("/v1/sims", query={"state": "available", "limit": OFFERED})
    )
    return found["items"] if found else []


async def free_numbers(page: Page) -> list[dict[str, Any]]:
    """The first numbers that are available; none where the reader may not see the pool."""
    found = await page.unless_refused(
        page.api.get("/v1/numbers", query={"state": "available", "limit": OFFERED})
    )
    return found["items"] if found else []


async def number_classes(page: Page) -> list[str]:
    """The classes of numbers, the usual one first."""
    policy = await page.unless_refused(page.api.get("/v1/numbers/policy"))
    return ["standard", *(each["name"] for each in policy["classes"])] if policy else ["standard"]
