"""Vouchers: batches, ranges of serial numbers, single ones, redemptions and lifetimes."""

from __future__ import annotations

from typing import Any, Final

from openmvno.web.pages.staff.vouchers.batches import BATCH_PAGES
from openmvno.web.pages.staff.vouchers.lifetimes import LIFETIME_PAGES
from openmvno.web.pages.staff.vouchers.making import MAKING_PAGES
from openmvno.web.pages.staff.vouchers.ranges import RANGE_QUESTION
from openmvno.web.pages.staff.vouchers.single import SINGLE_PAGES

VOUCHER_PAGES: Final[list[Any]] = [
    *BATCH_PAGES,
    *MAKING_PAGES,
    *RANGE_QUESTION.handlers(),
    *SINGLE_PAGES,
    *LIFETIME_PAGES,
]

__all__ = ["VOUCHER_PAGES"]
