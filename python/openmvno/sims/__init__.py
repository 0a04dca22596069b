"""SIM cards: the tenant's inventory."""

from openmvno.sims.errors import SimNotAvailable, SimNotFound
from openmvno.sims.keys import ALGORITHMS, MILENAGE, Keys, keys_of, opc_of, seal_keys
from openmvno.sims.model import Sim, SimImport
from openmvno.sims.service import import_sims
from openmvno.sims.store import copy_in_use, imsis_in_stock, retire, take

__all__ = [
    "ALGORITHMS",
    "MILENAGE",
    "Keys",
    "Sim",
    "SimImport",
    "SimNotAvailable",
    "SimNotFound",
    "copy_in_use",
    "import_sims",
    "imsis_in_stock",
    "keys_of",
    "opc_of",
    "retire",
    "seal_keys",
    "take",
]
