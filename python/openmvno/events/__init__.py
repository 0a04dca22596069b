"""Events: what the engine noticed while charging, for other systems and for staff."""

from openmvno.events.service import record_events
from openmvno.events.store import ARRIVED

__all__ = ["ARRIVED", "record_events"]
