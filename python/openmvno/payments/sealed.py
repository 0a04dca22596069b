"""What of payments is sealed, and as what."""

from __future__ import annotations

from typing import Final

from openmvno.provisioning import SealedColumn


def api_key_of(provider: str) -> str:
    """What the key of a provider's interface is sealed as."""
    return f"payment-key:{provider}"


def webhook_secret_of(provider: str) -> str:
    """What the secret of a provider's messages is sealed as."""
    return f"payment-webhook:{provider}"


SEALED_COLUMNS: Final = (
    SealedColumn(
        "payment_provider",
        "sealed_api_key",
        ("tenant_id", "name"),
        lambda tenant_id, name: (tenant_id, api_key_of(name)),
    ),
    SealedColumn(
        "payment_provider",
        "sealed_webhook_secret",
        ("tenant_id", "name"),
        lambda tenant_id, name: (tenant_id, webhook_secret_of(name)),
    ),
)
