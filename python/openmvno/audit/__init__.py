"""Audit: who changed what, append-only, written in the transaction of the change."""

from openmvno.audit.store import AuditEntry, audit_rows, list_entries, record

__all__ = ["AuditEntry", "audit_rows", "list_entries", "record"]
