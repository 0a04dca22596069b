"""A line: what there is to know of it, and everything that can be done with it."""

from __future__ import annotations

from typing import Any, Final

from openmvno.web.pages.staff.lines.ending_sessions import SESSION_QUESTIONS
from openmvno.web.pages.staff.lines.glance import GLANCE_PAGES
from openmvno.web.pages.staff.lines.identity import IDENTITY_QUESTIONS
from openmvno.web.pages.staff.lines.money import MONEY_QUESTIONS
from openmvno.web.pages.staff.lines.products import PRODUCT_QUESTIONS
from openmvno.web.pages.staff.lines.self_care import SELF_CARE_PAGES
from openmvno.web.pages.staff.lines.status import STATUS_QUESTIONS
from openmvno.web.pages.staff.lines.usage import USAGE_PAGES

LINE_PAGES: Final[list[Any]] = [
    *GLANCE_PAGES,
    *USAGE_PAGES,
    *SELF_CARE_PAGES,
    *(
        handler
        for question in (
            *STATUS_QUESTIONS,
            *IDENTITY_QUESTIONS,
            *PRODUCT_QUESTIONS,
            *MONEY_QUESTIONS,
            *SESSION_QUESTIONS,
        )
        for handler in question.handlers()
    ),
]

__all__ = ["LINE_PAGES"]
