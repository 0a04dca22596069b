"""What a tenant is, and its tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Tenant:
    """An MVNO. ``code`` is its name for people and programs, unique in the installation."""

    tenant_id: UUID
    code: str
    name: str
    currency: str
    time_zone: str
    status: str


@dataclass(frozen=True, slots=True)
class Token:
    """An API token without its secret, which nobody can read again."""

    token_id: UUID
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
