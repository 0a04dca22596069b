"""How the installation is, and what to do about it."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get
from litestar.di import NamedDependency

from openmvno.web.pages.page import Page


@get("/staff/system")
async def show_system(page: NamedDependency[Page]) -> Response[Any]:
    """Findings with the worst first, engines and shards, work, database, gateways."""
    system, connections = await page.together(
        page.api.get("/v1/system"), page.unless_refused(page.api.get("/v1/peer-connections"), [])
    )
    return page.render("staff/system.html", system=system, connections=connections)


@get("/staff/parts/system")
async def show_condition(page: NamedDependency[Page]) -> Response[Any]:
    """What moves on that page."""
    return page.render("staff/system_parts.html", system=await page.api.get("/v1/system"))


SYSTEM_PAGES: Final = [show_system, show_condition]
