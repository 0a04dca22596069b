"""Who does something, on whose behalf: carried by every command."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from openmvno.identifiers import new_id


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


def command_line_actor(tenant_id: UUID, command: str) -> Actor:
    """The operator running ``openmvno <command>`` on the installation itself."""
    return Actor(tenant_id, f"command line: {command}", str(new_id()))
