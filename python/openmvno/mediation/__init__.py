"""Mediation: usage that other networks deliver in files, rated into the lines it belongs to."""

from openmvno.mediation.model import UsageFile
from openmvno.mediation.service import take_file

__all__ = ["UsageFile", "take_file"]
