"""The sample operator: a tenant with a catalogue, logins, numbers, SIM cards and subscribers."""

from openmvno.sample.logins import CREDENTIALS_FILE
from openmvno.sample.operator import (
    credentials,
    ensure_sample_operator,
    load_operator,
    page_login,
)
from openmvno.sample.subscribers import add_subscribers

__all__ = [
    "CREDENTIALS_FILE",
    "add_subscribers",
    "credentials",
    "ensure_sample_operator",
    "load_operator",
    "page_login",
]
