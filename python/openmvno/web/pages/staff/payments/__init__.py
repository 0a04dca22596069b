"""Payments: listed, one with every movement of its money, and what staff does with one."""

from __future__ import annotations

from typing import Any, Final

from openmvno.web.pages.staff.payments.giving_back import PAYMENT_QUESTIONS
from openmvno.web.pages.staff.payments.listing import LISTING_PAGES
from openmvno.web.pages.staff.payments.receipts import RECEIPT_QUESTION

PAYMENT_PAGES: Final[list[Any]] = [
    *LISTING_PAGES,
    *(
        handler
        for question in (RECEIPT_QUESTION, *PAYMENT_QUESTIONS)
        for handler in question.handlers()
    ),
]

__all__ = ["PAYMENT_PAGES"]
