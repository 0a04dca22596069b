"""What of network access is sealed, and as what."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from openmvno.provisioning import SealedColumn

INSTALLATION: Final = UUID(int=0)
"""In place of a tenant where a secret is sealed for the installation."""


def client_secret(name: str) -> str:
    """What the secret of a RADIUS client is sealed as."""
    return f"radius-client:{name}"


def line_password(line_id: UUID) -> str:
    """What the password of a line is sealed as."""
    return f"line-password:{line_id}"


SEALED_COLUMNS: Final = (
    SealedColumn(
        "radius_client",
        "sealed_secret",
        ("name",),
        lambda name: (INSTALLATION, client_secret(name)),
    ),
    SealedColumn(
        "line_password",
        "sealed_password",
        ("tenant_id", "line_id"),
        lambda tenant_id, line_id: (tenant_id, line_password(line_id)),
    ),
)
