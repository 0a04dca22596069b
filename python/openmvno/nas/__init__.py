"""Network access: the RADIUS clients of the installation, and the passwords lines log in with."""

from openmvno.nas.passwords import LinePassword, passwords_of
from openmvno.nas.sealed import SEALED_COLUMNS
from openmvno.nas.service import gate_clients, remove_client, set_client
from openmvno.nas.store import client_by_name, clients_state, list_clients

__all__ = [
    "SEALED_COLUMNS",
    "LinePassword",
    "client_by_name",
    "clients_state",
    "gate_clients",
    "list_clients",
    "passwords_of",
    "remove_client",
    "set_client",
]
