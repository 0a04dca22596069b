"""All pages under one router, with their headers and failures."""

from __future__ import annotations

import re
from typing import Any, Final

from litestar import Response, Router, get
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency, Provide
from litestar.static_files import create_static_files_router

from openmvno.web.pages.failures import PAGE_EXCEPTION_HANDLERS
from openmvno.web.pages.headers import headed
from openmvno.web.pages.page import Page, visitor_page
from openmvno.web.pages.preferences import PREFERENCE_PAGES
from openmvno.web.pages.rendering import STATIC_FOLDER, STATIC_PATH
from openmvno.web.pages.self_care import SELF_CARE_PAGES
from openmvno.web.pages.staff import STAFF_PAGES

PAGE_PATHS: Final = [
    "^/$",
    "^/staff",
    "^/self-care",
    "^/login$",
    "^/logout$",
    "^/preferences$",
    "^/assets/",
]
"""Paths that ask the API for who reads them, rather than being asked."""


@get("/")
async def home(page: NamedDependency[Page]) -> Response[None]:
    """Where somebody belongs."""
    if page.session is not None and not page.session.is_staff:
        return page.goto(f"/self-care/{page.session.tenant}")
    return page.goto("/staff")


async def add_headers(response: Response[Any]) -> Response[Any]:
    """What every page is sent with (a Litestar after_request hook)."""
    return headed(response)


def is_page(path: str) -> bool:
    """Whether an address is a page's, be there one or not."""
    return any(re.search(each, path) for each in PAGE_PATHS)


def page_router() -> Router:
    """Pages and what they look like with."""
    assets = create_static_files_router(
        path=STATIC_PATH,
        directories=[STATIC_FOLDER],
        include_in_schema=False,
        # The address changes with the content.
        cache_control=CacheControlHeader(public=True, max_age=31_536_000, immutable=True),
    )
    pages = Router(
        "/",
        route_handlers=[home, *PREFERENCE_PAGES, *STAFF_PAGES, *SELF_CARE_PAGES],
        dependencies={"page": Provide(visitor_page)},
        exception_handlers=PAGE_EXCEPTION_HANDLERS,
        include_in_schema=False,
        after_request=add_headers,
    )
    return Router("/", route_handlers=[assets, pages], include_in_schema=False)
