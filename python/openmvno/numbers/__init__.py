"""Numbers: the tenant's pool of MSISDNs."""

from openmvno.numbers.errors import MsisdnInvalid, NumberNotAvailable, NumberNotInPool
from openmvno.numbers.model import Msisdn
from openmvno.numbers.service import (
    add_numbers,
    come_home,
    find_number,
    port_in,
    port_out,
    release,
)
from openmvno.numbers.store import copy_assigned, end_what_is_over, find, take

__all__ = [
    "Msisdn",
    "MsisdnInvalid",
    "NumberNotAvailable",
    "NumberNotInPool",
    "add_numbers",
    "come_home",
    "copy_assigned",
    "end_what_is_over",
    "find",
    "find_number",
    "port_in",
    "port_out",
    "release",
    "take",
]
