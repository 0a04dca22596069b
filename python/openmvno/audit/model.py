"""What the audit log holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change, or one reading of personal data: who, when, whence, on which request.

    ``before`` and ``after`` hold what changed, secrets masked. A read has in ``after`` how often
    (``times``) and, of a list, whose data it showed (``subjects``). ``number``: its place in the
    tenant's chain; None until it is sealed.
    """

    entry_id: UUID
    at: datetime
    kind: str
    actor: str
    token_id: UUID | None
    user_id: UUID | None
    address: IPv4Address | IPv6Address | None
    request_id: str
    action: str
    subject_type: str
    subject_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    number: int | None


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which entries are asked for; None: any."""

    kind: str | None = None
    subject_type: str | None = None
    subject_id: str | None = None
    action: str | None = None
    actor: str | None = None
    user_id: UUID | None = None
    token_id: UUID | None = None
    address: str | None = None
    request_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
