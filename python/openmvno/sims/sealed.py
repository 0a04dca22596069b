"""What of a SIM card is sealed, and as what."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from openmvno.provisioning import SealedColumn


def card_keys(iccid: str) -> str:
    """What the keys of a card are sealed as."""
    return f"sim-keys:{iccid}"


def further_keys(imsi: str) -> str:
    """What the keys of a further IMSI of a card are sealed as."""
    return f"sim-imsi-keys:{imsi}"


def card_codes(iccid: str) -> str:
    """What PIN, PUK and ADM of a card are sealed as."""
    return f"sim-codes:{iccid}"


def vendor_key(name: str) -> str:
    """What the key shared with a vendor is sealed as."""
    return f"sim-transport-key:{name}"


def file_piece(import_id: UUID, number: int) -> str:
    """What a piece of a file that waits to be read is sealed as."""
    return f"sim-import:{import_id}:{number}"


SEALED_COLUMNS: Final = (
    SealedColumn(
        "sim",
        "sealed_keys",
        ("tenant_id", "iccid"),
        lambda tenant_id, iccid: (tenant_id, card_keys(iccid)),
    ),
    SealedColumn(
        "sim",
        "sealed_codes",
        ("tenant_id", "iccid"),
        lambda tenant_id, iccid: (tenant_id, card_codes(iccid)),
    ),
    SealedColumn(
        "sim_imsi",
        "sealed_keys",
        ("tenant_id", "imsi"),
        lambda tenant_id, imsi: (tenant_id, further_keys(imsi)),
    ),
    SealedColumn(
        "sim_transport_key",
        "sealed_key",
        ("tenant_id", "name"),
        lambda tenant_id, name: (tenant_id, vendor_key(name)),
    ),
    SealedColumn(
        "sim_import_piece",
        "sealed",
        ("tenant_id", "import_id", "number"),
        lambda tenant_id, import_id, number: (tenant_id, file_piece(import_id, number)),
    ),
)
