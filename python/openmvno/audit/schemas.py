"""The audit log as the API shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from openmvno.audit.store import AuditEntry


class AuditEntryView(msgspec.Struct):
    """One change: who made it on which request, and the subject before and after it."""

    id: UUID
    at: datetime
    actor: str
    token_id: UUID | None
    request_id: str
    action: str
    subject_type: str
    subject_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def view(entry: AuditEntry) -> AuditEntryView:
    """What the API shows of an entry."""
    return AuditEntryView(
        entry.entry_id,
        entry.at,
        entry.actor,
        entry.token_id,
        entry.request_id,
        entry.action,
        entry.subject_type,
        entry.subject_id,
        entry.before,
        entry.after,
    )
