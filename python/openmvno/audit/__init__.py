"""Audit: who changed what and who read whose data, append-only, in a chain of hashes."""

from openmvno.audit.chain import ANCHOR_KEY, Anchor
from openmvno.audit.model import AuditEntry, EntryFilter
from openmvno.audit.reads import ReadLog
from openmvno.audit.store import COLUMNS, audit_rows, list_entries, record
from openmvno.audit.verification import Verdict, anchors_of, verify

__all__ = [
    "ANCHOR_KEY",
    "COLUMNS",
    "Anchor",
    "AuditEntry",
    "EntryFilter",
    "ReadLog",
    "Verdict",
    "anchors_of",
    "audit_rows",
    "list_entries",
    "record",
    "verify",
]
