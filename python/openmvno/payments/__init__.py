"""Payments: money onto prepaid accounts."""

from openmvno.payments.model import TopUp
from openmvno.payments.service import (
    check_top_up,
    record_top_up,
    top_up_account,
    top_up_command,
)
from openmvno.payments.store import copy_top_ups

__all__ = [
    "TopUp",
    "check_top_up",
    "copy_top_ups",
    "record_top_up",
    "top_up_account",
    "top_up_command",
]
