"""Changes of payer: a line goes to another account, with what is its own."""

from openmvno.payer_changes.carrying_on import run as carry_on
from openmvno.payer_changes.checks import CHECKS

__all__ = ["CHECKS", "carry_on"]
