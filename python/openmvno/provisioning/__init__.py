"""Provisioning: telling the network about lines, by a transactional outbox."""

from openmvno.provisioning.kinds import CLEARING_HOUSE, ES2PLUS
from openmvno.provisioning.outbox import (
    Event,
    copy_events,
    emit,
    emit_notices,
    has_target,
    target_url,
)
from openmvno.provisioning.sealing import Sealer

__all__ = [
    "CLEARING_HOUSE",
    "ES2PLUS",
    "Event",
    "Sealer",
    "copy_events",
    "emit",
    "emit_notices",
    "has_target",
    "target_url",
]
