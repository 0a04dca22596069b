"""Buckets and wallets: what pays for usage beside the balance, live, and how it is filled."""

from openmvno.wallets.errors import REFUSALS, BucketUnknown, TopUpUnknown
from openmvno.wallets.model import TopUpWish, WalletTopUp
from openmvno.wallets.rules import format_units, parse_units
from openmvno.wallets.service import top_up_line

__all__ = [
    "REFUSALS",
    "BucketUnknown",
    "TopUpUnknown",
    "TopUpWish",
    "WalletTopUp",
    "format_units",
    "parse_units",
    "top_up_line",
]
