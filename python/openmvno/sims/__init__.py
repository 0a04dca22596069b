"""SIM cards: the tenant's inventory."""

from openmvno.sims.errors import SimNotAvailable, SimNotFound
from openmvno.sims.model import Sim, SimImport
from openmvno.sims.service import import_sims
from openmvno.sims.store import copy_in_use, retire, take

__all__ = [
    "Sim",
    "SimImport",
    "SimNotAvailable",
    "SimNotFound",
    "copy_in_use",
    "import_sims",
    "retire",
    "take",
]
