"""Transfers: a subscriber sends another one money, through the transit account."""

from openmvno.transfers.carrying_on import run as carry_on
from openmvno.transfers.checks import CHECKS

__all__ = ["CHECKS", "carry_on"]
