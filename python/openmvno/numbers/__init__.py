"""Numbers: the tenant's pool of MSISDNs."""

from openmvno.numbers.errors import MsisdnInvalid, NumberNotAvailable, NumberNotInPool
from openmvno.numbers.model import Msisdn
from openmvno.numbers.service import add_numbers
from openmvno.numbers.store import copy_assigned, release, take

__all__ = [
    "Msisdn",
    "MsisdnInvalid",
    "NumberNotAvailable",
    "NumberNotInPool",
    "add_numbers",
    "copy_assigned",
    "release",
    "take",
]
