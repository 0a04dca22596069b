"""The sample operator: a tenant with a catalogue, logins, numbers, SIM cards and subscribers."""

from openmvno.sample.operator import credentials, ensure_sample_operator, load_operator
from openmvno.sample.subscribers import add_subscribers

__all__ = ["add_subscribers", "credentials", "ensure_sample_operator", "load_operator"]
