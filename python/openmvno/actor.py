"""Who does something, on whose behalf: carried by every command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from openmvno.identifiers import new_id

OUTSIDE: Final = ("reseller", "distributor", "customer", "subscriber")
"""Realms of users who act for somebody outside the tenant's staff."""


@dataclass(frozen=True, slots=True)
class Actor:
    """The authenticated caller of one request, or the operator at the command line."""

    tenant_id: UUID
    name: str
    request_id: str
    token_id: UUID | None = None
    scopes: frozenset[str] = frozenset()
    user_id: UUID | None = None
    address: str | None = None
    """The IP address the request came from; None at the command line."""

    realm: str | None = None
    """Of a session's user; None for tokens and at the command line."""

    subject_id: UUID | None = None
    """The line (realm subscriber) or customer that a user outside the staff acts for."""

    @property
    def is_outside(self) -> bool:
        """Whether it is none of the staff: it reaches its subject and nothing else."""
        return self.realm in OUTSIDE


def command_line_actor(tenant_id: UUID, command: str) -> Actor:
    """The operator running ``openmvno <command>`` on the installation itself."""
    return Actor(tenant_id, f"command line: {command}", str(new_id()))
