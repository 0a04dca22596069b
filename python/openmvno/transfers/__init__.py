"""Transfers: a subscriber sends another one money, through the transit account."""

from openmvno.transfers.carrying_on import run as carry_on
from openmvno.transfers.checks import CHECKS
from openmvno.transfers.errors import TransferNotFound

__all__ = ["CHECKS", "TransferNotFound", "carry_on"]
