"""The keys of SIM cards: sealed in the database, opened only to be handed to a register."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from psycopg import AsyncConnection

from openmvno.provisioning import Sealer
from openmvno.sims.sealed import card_keys, further_keys

MILENAGE: Final = "milenage"
ALGORITHMS: Final = (MILENAGE, "comp128v1", "comp128v2", "comp128v3")

_KEY = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Keys:
    """What authenticates a card; never printed.

    ``ki``: K of 128 bits as 32 hexadecimal digits. ``opc``: of Milenage only (3GPP TS 35.206
    clause 3); OP itself is never kept.
    """

    algorithm: str
    ki: str = field(repr=False)
    opc: str | None = field(default=None, repr=False)


def is_key(text: str) -> bool:
    """Whether ``text`` is 128 bits in lower-case hexadecimal digits."""
    return _KEY.fullmatch(text) is not None


def opc_of(ki: str, op: str) -> str:
    """OPc from K and OP: OP xor E[OP] under K (3GPP TS 35.206 clause 4.1)."""
    operator = bytes.fromhex(op)
    # One block under a key of its own, as the standard has it: no mode could add anything.
    encryptor = Cipher(AES(bytes.fromhex(ki)), ECB()).encryptor()  # noqa: S305
    mixed = encryptor.update(operator) + encryptor.finalize()
    return bytes(a ^ b for a, b in zip(operator, mixed, strict=True)).hex()


def seal_keys(sealer: Sealer, tenant_id: UUID, iccid: str, keys: Keys) -> bytes:
    """As they lie in the database."""
    return sealer.seal(tenant_id, card_keys(iccid), _text(keys))


def seal_further_keys(sealer: Sealer, tenant_id: UUID, imsi: str, keys: Keys) -> bytes:
    """Those of a further IMSI of a card, likewise."""
    return sealer.seal(tenant_id, further_keys(imsi), _text(keys))


def _text(keys: Keys) -> str:
    return msgspec.json.encode([keys.ki, keys.opc]).decode()


async def keys_of(
    connection: AsyncConnection[Any], sealer: Sealer, tenant_id: UUID, imsis: Sequence[str]
) -> dict[str, Keys]:
    """The keys of those of the IMSIs whose keys we know, of cards of a tenant.

    Raises:
        cryptography.exceptions.InvalidTag: they were sealed with another key.
    """
    cursor = await connection.execute(
        "SELECT imsi, iccid, algorithm, sealed_keys FROM sim"
        " WHERE tenant_id = %(tenant)s AND imsi = ANY(%(imsis)s) AND sealed_keys IS NOT NULL"
        " UNION ALL SELECT imsi, NULL, algorithm, sealed_keys FROM sim_imsi"
        " WHERE tenant_id = %(tenant)s AND imsi = ANY(%(imsis)s) AND sealed_keys IS NOT NULL",
        {"tenant": tenant_id, "imsis": list(imsis)},
    )
    found = {}
    for imsi, iccid, algorithm, sealed in await cursor.fetchall():
        name = further_keys(imsi) if iccid is None else card_keys(iccid)
        ki, opc = msgspec.json.decode(sealer.open(tenant_id, name, bytes(sealed)))
        found[imsi] = Keys(algorithm, ki, opc)
    return found
