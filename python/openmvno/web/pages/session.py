"""Whose page it is: the session as the API tells it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import msgspec

STAFF_REALMS: Final = ("admin", "care")


class Session(msgspec.Struct):
    """``GET /v1/session``, as far as pages need it."""

    user_id: UUID
    login: str
    scopes: frozenset[str]
    csrf_token: str
    second_factor: bool
    second_factor_required: bool
    realm: str = "admin"
    name: str = ""
    language: str | None = None
    subject_id: UUID | None = None
    tenant: str = ""
    tenant_name: str = ""
    tenant_currency: str = ""
    tenant_time_zone: str = ""

    @property
    def is_staff(self) -> bool:
        """Whether it belongs to the operator's own people."""
        return self.realm in STAFF_REALMS

    def may(self, *scopes: str) -> bool:
        """Whether it has every one of the scopes."""
        return self.scopes.issuperset(scopes)
