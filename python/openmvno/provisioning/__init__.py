"""Provisioning: telling the network about lines, by a transactional outbox."""

from openmvno.provisioning.outbox import Event, copy_events, emit, emit_notices

__all__ = ["Event", "copy_events", "emit", "emit_notices"]
