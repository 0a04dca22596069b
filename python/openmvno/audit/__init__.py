"""Audit: who changed what, append-only, written in the transaction of the change."""

from openmvno.audit.store import COLUMNS, AuditEntry, audit_rows, list_entries, record

__all__ = ["COLUMNS", "AuditEntry", "audit_rows", "list_entries", "record"]
