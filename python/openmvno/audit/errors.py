"""What can go wrong with the audit log."""

from openmvno.errors import NotFound


class AuditEntryNotFound(NotFound):
    """No entry of the tenant has this id."""

    code = "audit_entry_not_found"
    title = "There is no such audit entry"
