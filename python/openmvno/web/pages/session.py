"""Whose page it is: the session as the API tells it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import msgspec

STAFF_REALMS: Final = ("admin", "care")


class Tenant(msgspec.Struct):
    """The operator whose user it is."""

    code: str
    name: str
    currency: str
    time_zone: str


class Session(msgspec.Struct):
    """``GET /v1/session``, as far as pages need it. ``language``: None until one is chosen."""

    user_id: UUID
    login: str
    scopes: frozenset[str]
    csrf_token: str
    second_factor: bool
    second_factor_required: bool
    realm: str
    name: str
    language: str | None
    subject_id: UUID | None
    operator: Tenant = msgspec.field(name="tenant")

    @property
    def tenant(self) -> str:
        """The operator's code."""
        return self.operator.code

    @property
    def tenant_name(self) -> str:
        """What the operator is called."""
        return self.operator.name

    @property
    def tenant_currency(self) -> str:
        """The currency of the operator's prices (ISO 4217)."""
        return self.operator.currency

    @property
    def tenant_time_zone(self) -> str:
        """Where the operator is (IANA)."""
        return self.operator.time_zone

    @property
    def is_staff(self) -> bool:
        """Whether it belongs to the operator's own people."""
        return self.realm in STAFF_REALMS

    def may(self, *scopes: str) -> bool:
        """Whether it has every one of the scopes."""
        return self.scopes.issuperset(scopes)
