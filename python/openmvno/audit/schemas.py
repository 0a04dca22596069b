"""The audit log as the API shows it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from openmvno.audit.model import AuditEntry
from openmvno.rest.moments import Moment


class AuditEntryView(msgspec.Struct):
    """One change, or one reading of personal data: who, when, whence, on which request.

    ``before`` and ``after`` hold the fields that changed, secrets masked. ``after`` of a read says
    how many ``times`` within a second and, of a list, whose data it showed (``subjects``).
    """

    id: UUID
    at: Moment
    kind: Annotated[str, Meta(examples=["change"], description="change or read")]
    actor: Annotated[str, Meta(examples=["shop"])]
    token_id: UUID | None
    user_id: UUID | None
    address: Annotated[str | None, Meta(examples=["192.0.2.10"])]
    request_id: str
    action: Annotated[str, Meta(examples=["customer.changed"])]
    subject_type: Annotated[str, Meta(examples=["customer"])]
    subject_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    number: Annotated[
        int | None, Meta(description="Its place in the tenant's chain of hashes; null: not yet")
    ]


def view(entry: AuditEntry) -> AuditEntryView:
    """What the API shows of an entry."""
    return AuditEntryView(
        id=entry.entry_id,
        at=entry.at,
        kind=entry.kind,
        actor=entry.actor,
        token_id=entry.token_id,
        user_id=entry.user_id,
        address=None if entry.address is None else str(entry.address),
        request_id=entry.request_id,
        action=entry.action,
        subject_type=entry.subject_type,
        subject_id=entry.subject_id,
        before=entry.before,
        after=entry.after,
        number=entry.number,
    )
