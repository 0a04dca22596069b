"""What of users is sealed, and as what."""

from __future__ import annotations

from typing import Final

from openmvno.access.second_factor import SEALED_NAME
from openmvno.provisioning import SealedColumn

SEALED_COLUMNS: Final = (
    SealedColumn(
        "app_user",
        "sealed_totp",
        ("tenant_id", "user_id"),
        lambda tenant_id, user_id: (tenant_id, f"{SEALED_NAME}{user_id}"),
    ),
)
