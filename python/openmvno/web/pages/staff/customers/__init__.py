"""Customers: listing, one at a glance, what can be done with one, and classes of them."""

from __future__ import annotations

from typing import Any, Final

from openmvno.web.pages.staff.customers.changes import CHANGE_QUESTIONS
from openmvno.web.pages.staff.customers.classes import CLASS_PAGES
from openmvno.web.pages.staff.customers.glance import GLANCE_PAGES
from openmvno.web.pages.staff.customers.listing import LISTING_PAGES
from openmvno.web.pages.staff.customers.recording import RECORDING_PAGES

CUSTOMER_PAGES: Final[list[Any]] = [
    *LISTING_PAGES,
    *RECORDING_PAGES,
    *CLASS_PAGES,
    *GLANCE_PAGES,
    *(handler for question in CHANGE_QUESTIONS for handler in question.handlers()),
]

__all__ = ["CUSTOMER_PAGES"]
