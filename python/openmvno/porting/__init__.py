"""Number portability: numbers that come from other operators with their subscribers, or go."""

from openmvno.porting.model import Port
from openmvno.porting.worker import run

__all__ = ["Port", "run"]
