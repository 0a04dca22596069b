"""Provisioning: telling the network about lines, by a transactional outbox."""

from openmvno.provisioning.kinds import CLEARING_HOUSE
from openmvno.provisioning.outbox import Event, copy_events, emit, emit_notices, has_target
from openmvno.provisioning.resealing import SEALED_COLUMNS, SealedColumn, seal_anew
from openmvno.provisioning.sealing import KEY_FILES as SEALING_KEY_FILES
from openmvno.provisioning.sealing import Sealer, lay_ready, new_key

__all__ = [
    "CLEARING_HOUSE",
    "SEALED_COLUMNS",
    "SEALING_KEY_FILES",
    "Event",
    "SealedColumn",
    "Sealer",
    "copy_events",
    "emit",
    "emit_notices",
    "has_target",
    "lay_ready",
    "new_key",
    "seal_anew",
]
