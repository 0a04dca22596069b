"""All self-care pages."""

from __future__ import annotations

from typing import Any, Final

from litestar import Router
from litestar.di import Provide

from openmvno.web.pages.self_care.add_ons import ADD_ON_PAGES
from openmvno.web.pages.self_care.brand import BRAND_PAGES
from openmvno.web.pages.self_care.cards import CARD_PAGES
from openmvno.web.pages.self_care.elsewhere import BACK_PAGES
from openmvno.web.pages.self_care.entrance import ENTRANCE_PAGES
from openmvno.web.pages.self_care.history import HISTORY_PAGES
from openmvno.web.pages.self_care.home import HOME_PAGES
from openmvno.web.pages.self_care.own import OWN_PAGES
from openmvno.web.pages.self_care.sim import SIM_PAGES
from openmvno.web.pages.self_care.top_up import TOP_UP_PAGES
from openmvno.web.pages.self_care.transfers import TRANSFER_PAGES
from openmvno.web.pages.self_care.usage import USAGE_PAGES
from openmvno.web.pages.self_care.visit import open_page, own_page

OPEN: Final[list[Any]] = [*ENTRANCE_PAGES, *BRAND_PAGES, *BACK_PAGES]
"""For anybody."""

OWN: Final[list[Any]] = [
    *HOME_PAGES,
    *USAGE_PAGES,
    *TOP_UP_PAGES,
    *CARD_PAGES,
    *HISTORY_PAGES,
    *ADD_ON_PAGES,
    *TRANSFER_PAGES,
    *SIM_PAGES,
    *OWN_PAGES,
]
"""Those that need a session of somebody the operator serves."""

SELF_CARE_PAGES: Final[list[Any]] = [
    Router("/", route_handlers=OPEN, dependencies={"page": Provide(open_page)}),
    Router("/", route_handlers=OWN, dependencies={"page": Provide(own_page)}),
]
