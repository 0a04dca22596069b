"""Events: what the engine noticed while charging, for other systems and for staff."""

from openmvno.events.service import record_events

__all__ = ["record_events"]
