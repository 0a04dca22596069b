"""What can go wrong with the audit log."""

from openmvno.errors import Invalid, NotFound


class AuditEntryNotFound(NotFound):
    """No entry of the tenant has this id."""

    code = "audit_entry_not_found"
    title = "There is no such audit entry"
    accepted = "the id of an entry: GET /v1/audit lists them"


class AuditAddressInvalid(Invalid):
    """Entries are found by a whole IPv4 or IPv6 address."""

    code = "audit_address_invalid"
    title = "Not an IP address"
    accepted = "a whole address such as 192.0.2.10 or 2001:db8::1"
