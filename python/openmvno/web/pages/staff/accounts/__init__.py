"""Accounts: one at a glance, and what can be done with its money."""

from __future__ import annotations

from typing import Any, Final

from openmvno.web.pages.staff.accounts.changes import CHANGE_QUESTIONS
from openmvno.web.pages.staff.accounts.glance import GLANCE_PAGES
from openmvno.web.pages.staff.accounts.money import MONEY_QUESTIONS

ACCOUNT_PAGES: Final[list[Any]] = [
    *GLANCE_PAGES,
    *(
        handler
        for question in (*CHANGE_QUESTIONS, *MONEY_QUESTIONS)
        for handler in question.handlers()
    ),
]

__all__ = ["ACCOUNT_PAGES"]
