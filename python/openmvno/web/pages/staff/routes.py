"""All staff pages."""

from __future__ import annotations

from typing import Any, Final

from litestar import Router, get
from litestar.di import Provide
from litestar.exceptions import NotFoundException

from openmvno.web.pages.staff.accounts import ACCOUNT_PAGES
from openmvno.web.pages.staff.audit import AUDIT_PAGES
from openmvno.web.pages.staff.branding import BRANDING_PAGES
from openmvno.web.pages.staff.catalogue import CATALOGUE_PAGES
from openmvno.web.pages.staff.customers import CUSTOMER_PAGES
from openmvno.web.pages.staff.dashboard import DASHBOARD_PAGES
from openmvno.web.pages.staff.desk import staff_page
from openmvno.web.pages.staff.examples import EXAMPLE_PAGES
from openmvno.web.pages.staff.jobs import JOB_PAGES
from openmvno.web.pages.staff.lines import LINE_PAGES
from openmvno.web.pages.staff.log_in import LOGIN_PAGES
from openmvno.web.pages.staff.numbers import NUMBER_PAGES
from openmvno.web.pages.staff.own import OWN_PAGES
from openmvno.web.pages.staff.payments import PAYMENT_PAGES
from openmvno.web.pages.staff.ports import PORT_PAGES
from openmvno.web.pages.staff.provisioning import PROVISIONING_PAGES
from openmvno.web.pages.staff.quotes import QUOTE_PAGES
from openmvno.web.pages.staff.search import SEARCH_PAGES
from openmvno.web.pages.staff.sign_up import SIGN_UP_PAGES
from openmvno.web.pages.staff.sim_imports import SIM_IMPORT_PAGES
from openmvno.web.pages.staff.sims import SIM_PAGES
from openmvno.web.pages.staff.system import SYSTEM_PAGES
from openmvno.web.pages.staff.targets import TARGET_PAGES
from openmvno.web.pages.staff.tokens import TOKEN_PAGES
from openmvno.web.pages.staff.users import USER_PAGES
from openmvno.web.pages.staff.vouchers import VOUCHER_PAGES


@get(["/staff/{rest:path}", "/self-care/{tenant:str}/{rest:path}"])
async def nowhere() -> None:
    """No such page: told as a page, not as the API tells it."""
    raise NotFoundException


DESK_PAGES: Final[list[Any]] = [
    *DASHBOARD_PAGES,
    *CATALOGUE_PAGES,
    *QUOTE_PAGES,
    *SYSTEM_PAGES,
    *SIM_PAGES,
    *SIM_IMPORT_PAGES,
    *NUMBER_PAGES,
    *PORT_PAGES,
    *PROVISIONING_PAGES,
    *TARGET_PAGES,
    *JOB_PAGES,
    *USER_PAGES,
    *TOKEN_PAGES,
    *AUDIT_PAGES,
    *BRANDING_PAGES,
    *OWN_PAGES,
    *EXAMPLE_PAGES,
    *LINE_PAGES,
    *SIGN_UP_PAGES,
    *PAYMENT_PAGES,
    *VOUCHER_PAGES,
    *CUSTOMER_PAGES,
    *ACCOUNT_PAGES,
    *SEARCH_PAGES,
]
"""Those that need a session of staff."""

STAFF_PAGES: Final[list[Any]] = [
    *LOGIN_PAGES,
    nowhere,
    Router("/", route_handlers=DESK_PAGES, dependencies={"page": Provide(staff_page)}),
]
