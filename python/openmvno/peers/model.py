"""What a peer is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

DEFAULT_PROFILE: Final = "standard"
DEFAULT_CONNECTIONS: Final = 16
MOST_CONNECTIONS: Final = 65_535


@dataclass(frozen=True, slots=True)
class Peer:
    """Who may connect. ``host``: an Origin-Host, ``*.realm`` or ``*``, in lower case; the most
    specific one decides. ``addresses``: addresses and CIDR ranges, empty for any. ``certificate``:
    a name that the peer's TLS certificate must have; such a peer cannot connect without TLS.

    ``version``, ``created_at`` and ``updated_at`` are None for a peer of the file.
    """

    host: str
    addresses: Sequence[str] = ()
    certificate: str | None = None
    connections: int = DEFAULT_CONNECTIONS
    profile: str = DEFAULT_PROFILE
    enabled: bool = True
    note: str = ""
    version: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def source(self) -> str:
        """Where it is configured: file or database."""
        return "file" if self.version is None else "database"

    def rule(self) -> dict[str, Any]:
        """What the core needs of it."""
        return {
            "host": self.host,
            "addresses": list(self.addresses),
            "certificate": self.certificate,
            "connections": self.connections,
            "profile": self.profile,
            "enabled": self.enabled,
        }


@dataclass(frozen=True, slots=True)
class PeerTable:
    """What the charge process enforces, as the core takes it, and what is odd about it."""

    document: str
    is_open: bool
    """Everybody may connect, since nobody is configured."""
    problems: list[str] = field(default_factory=list)
