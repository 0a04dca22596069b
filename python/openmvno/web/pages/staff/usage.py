"""CDRs and their explanations, for every page that shows some."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from openmvno.client.calls import Query
from openmvno.web.pages.page import Page

WIDTH: Final = 640
"""Of the picture of who paid what, in its own units."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a charge as the picture shows it: where it begins and how long it is."""

    x: float
    width: float
    tone: int


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge with what explains it."""

    cdr: Any
    explanation: Any
    unit: str | None
    bucket_units: dict[str, str]
    """What each bucket that pays is counted in, by ``bucket:CODE``."""
    stretches: list[Stretch]

    def cost_unit(self, payer: str) -> str:
        """What a payer pays in."""
        return "money" if payer in ("balance", "overrun") else self.bucket_units.get(payer, "")


async def usage_of(page: Page, query: Query) -> dict[str, Any]:
    """CDRs with the units of their services; ``cdrs`` is None where the reader may not see any."""
    found, units = await page.together(
        page.unless_refused(page.api.get("/v1/cdrs", query=query)), units_of(page)
    )
    return {"cdrs": found, "units": units}


async def units_of(page: Page) -> dict[str, str]:
    """What each service is counted in, as far as the reader may know."""
    services = await page.on_sale(page.api.get("/v1/services"))
    return {service["code"]: service["unit"] for service in services}


async def explained(page: Page, cdr_id: str) -> Charge:
    """A CDR with its explanation.

    Raises:
        Problem: there is none, or it cannot be explained.
    """
    cdr, explanation, units, buckets = await page.together(
        page.api.get(f"/v1/cdrs/{cdr_id}"),
        page.api.get(f"/v1/cdrs/{cdr_id}/explanation"),
        units_of(page),
        page.on_sale(page.api.get("/v1/buckets")),
    )
    bucket_units = {f"bucket:{each['code']}": each["unit"] for each in buckets}
    unit = units.get(cdr["service"])
    return Charge(cdr, explanation, unit, bucket_units, stretches_of(explanation["parts"]))


def stretches_of(parts: list[Any]) -> list[Stretch]:
    """The parts of a charge side by side, each as wide as its share of the billed units."""
    whole = sum(part["units"] for part in parts) or 1
    tones: dict[str, int] = {}
    found = []
    x = 0.0
    for part in parts:
        width = round(WIDTH * part["units"] / whole, 1)
        tone = tones.setdefault(part["payer"], len(tones) % 3 + 1)
        found.append(Stretch(round(x, 1), width, tone))
        x += width
    return found
