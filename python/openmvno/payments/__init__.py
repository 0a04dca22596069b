"""Payments: money onto prepaid accounts, from whoever takes it, and back."""

from openmvno.payments.auto_top_ups import note_low_balances
from openmvno.payments.carrying_on import run as carry_on
from openmvno.payments.checks import CHECKS
from openmvno.payments.comparing import differences
from openmvno.payments.errors import PaymentNotFound
from openmvno.payments.model import TopUp
from openmvno.payments.sealed import SEALED_COLUMNS
from openmvno.payments.service import (
    check_top_up,
    record_top_up,
    top_up_account,
    top_up_command,
)
from openmvno.payments.store import copy_top_ups

__all__ = [
    "CHECKS",
    "SEALED_COLUMNS",
    "PaymentNotFound",
    "TopUp",
    "carry_on",
    "check_top_up",
    "copy_top_ups",
    "differences",
    "note_low_balances",
    "record_top_up",
    "top_up_account",
    "top_up_command",
]
