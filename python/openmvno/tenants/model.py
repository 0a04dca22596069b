"""What a tenant is."""

from __future__ import annotations

from dataclasses import dataclass
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
