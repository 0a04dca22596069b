"""SIM cards: the tenant's inventory, and what is secret about each card."""

from openmvno.sims.errors import SimNotAvailable, SimNotFound, SimUnknown
from openmvno.sims.importing import take_file
from openmvno.sims.keys import ALGORITHMS, MILENAGE, Keys, keys_of, opc_of, seal_keys
from openmvno.sims.model import ImportTerms, Sim, SimImport
from openmvno.sims.sealed import SEALED_COLUMNS
from openmvno.sims.service import find_sim
from openmvno.sims.store import (
    copy_in_use,
    give_up,
    imsis_in_stock,
    policy_of,
    put_back,
    retire,
    take,
)

__all__ = [
    "ALGORITHMS",
    "MILENAGE",
    "SEALED_COLUMNS",
    "ImportTerms",
    "Keys",
    "Sim",
    "SimImport",
    "SimNotAvailable",
    "SimNotFound",
    "SimUnknown",
    "copy_in_use",
    "find_sim",
    "give_up",
    "imsis_in_stock",
    "keys_of",
    "opc_of",
    "policy_of",
    "put_back",
    "retire",
    "seal_keys",
    "take",
    "take_file",
]
