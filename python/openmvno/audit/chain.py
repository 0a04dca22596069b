"""The hash of an entry, and of the chain up to it."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, LiteralString
from uuid import UUID

ANCHOR_KEY: Final = "audit-anchors"
"""Name of the key that signs anchors; it is not changed when the sealing key is."""

START: Final = bytes(32)
"""What comes before the first entry of a tenant."""

CONTENT: Final[LiteralString] = (
    "e.entry_id, e.at, e.kind, e.actor, e.token_id, e.user_id, host(e.address) AS address,"
    " e.request_id, e.action, e.subject_type, e.subject_id, e.before::text AS before,"
    " e.after::text AS after"
)
"""Columns of ``audit_entry e`` in the order of :class:`Content`."""


@dataclass(frozen=True, slots=True)
class Content:
    """Everything an entry says; jsonb as PostgreSQL writes it, which is one form for a value."""

    entry_id: UUID
    at: datetime
    kind: str
    actor: str
    token_id: UUID | None
    user_id: UUID | None
    address: str | None
    request_id: str
    action: str
    subject_type: str
    subject_id: str
    before: str | None
    after: str | None


def link_hash(previous: bytes, tenant_id: UUID, content: Content) -> bytes:
    """SHA-256 over the hash before it and the content as a JSON array."""
    at = content.at.astimezone(UTC).isoformat(timespec="microseconds")
    fields = [
        str(tenant_id),
        str(content.entry_id),
        at,
        content.kind,
        content.actor,
        None if content.token_id is None else str(content.token_id),
        None if content.user_id is None else str(content.user_id),
        content.address,
        content.request_id,
        content.action,
        content.subject_type,
        content.subject_id,
        content.before,
        content.after,
    ]
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(previous + text.encode()).digest()


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a tenant's chain was at a time."""

    tenant_id: UUID
    number: int
    hash: bytes
    anchored_at: datetime

    def signature(self, key: bytes) -> bytes:
        """HMAC-SHA-256 under the installation's key."""
        at = self.anchored_at.astimezone(UTC).isoformat(timespec="microseconds")
        text = f"{self.tenant_id} {self.number} {self.hash.hex()} {at}"
        return hmac.digest(key, text.encode(), "sha256")
