"""Events: what the engine noticed while charging, for other systems and for staff."""

from openmvno.events.model import EngineEvent
from openmvno.events.service import record_events

__all__ = ["EngineEvent", "record_events"]
