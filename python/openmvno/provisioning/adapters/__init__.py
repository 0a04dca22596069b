"""How each kind of target is told what happened."""

from openmvno.provisioning.adapters.command_lines import (
    Access,
    BusyError,
    CommandLines,
    check_login_secret,
)
from openmvno.provisioning.adapters.http import send_requests
from openmvno.provisioning.adapters.registers import Registers
from openmvno.provisioning.adapters.webhook import event_body, post_event

__all__ = [
    "Access",
    "BusyError",
    "CommandLines",
    "Registers",
    "check_login_secret",
    "event_body",
    "post_event",
    "send_requests",
]
