"""How each kind of target is told what happened."""

from openmvno.provisioning.adapters.kinds import KINDS, Kind, check_address
from openmvno.provisioning.adapters.registers import Registers
from openmvno.provisioning.adapters.webhook import event_body, post_event

__all__ = ["KINDS", "Kind", "Registers", "check_address", "event_body", "post_event"]
