"""Provisioning: telling the network about lines, by a transactional outbox."""

from openmvno.provisioning.outbox import Event, copy_events, emit, emit_notices
from openmvno.provisioning.sealing import KEY_FILE as SEALING_KEY_FILE
from openmvno.provisioning.sealing import Sealer

__all__ = ["SEALING_KEY_FILE", "Event", "Sealer", "copy_events", "emit", "emit_notices"]
