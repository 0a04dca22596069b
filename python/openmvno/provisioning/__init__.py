"""Provisioning: telling the network about lines, by a transactional outbox."""

from openmvno.provisioning.kinds import CLEARING_HOUSE, ES2PLUS
from openmvno.provisioning.model import Delivery
from openmvno.provisioning.outbox import (
    Event,
    copy_events,
    emit,
    emit_notices,
    has_target,
    target_url,
)
from openmvno.provisioning.resealing import SEALED_COLUMNS, SealedColumn, seal_anew
from openmvno.provisioning.sealing import KEY_FILES as SEALING_KEY_FILES
from openmvno.provisioning.sealing import (
    Sealer,
    installation_key,
    installation_key_file,
    lay_ready,
    new_key,
)
from openmvno.provisioning.store import list_deliveries

__all__ = [
    "CLEARING_HOUSE",
    "ES2PLUS",
    "SEALED_COLUMNS",
    "SEALING_KEY_FILES",
    "Delivery",
    "Event",
    "SealedColumn",
    "Sealer",
    "copy_events",
    "emit",
    "emit_notices",
    "has_target",
    "installation_key",
    "installation_key_file",
    "lay_ready",
    "list_deliveries",
    "new_key",
    "seal_anew",
    "target_url",
]
