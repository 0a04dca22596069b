"""Transfers: a subscriber sends another one money, through the transit account."""

from openmvno.transfers.carrying_on import run as carry_on

__all__ = ["carry_on"]
