"""Secrets in the database are sealed with a key that is not in it.

AES-256-GCM; the tenant and the secret's name are authenticated with it, so that a sealed secret
cannot be moved to another row. The key file lies in the data folder, readable by its owner only.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final, Self
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from openmvno.settings import Settings

KEY_FILE: Final = "sealing.key"
KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
"""NIST SP 800-38D section 8.2.2: random nonces of 96 bits."""


class Sealer:
    """Seals and opens small secrets."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._cipher = AESGCM(key)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The installation's sealer; its key file is created at first use."""
        return cls(_key(settings.absolute_data_dir / KEY_FILE))

    def seal(self, tenant_id: UUID, name: str, secret: str) -> bytes:
        """The sealed form of a secret."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret.encode(), _context(tenant_id, name))

    def open(self, tenant_id: UUID, name: str, sealed: bytes) -> str:
        """The secret.

        Raises:
            cryptography.exceptions.InvalidTag: another key or another row.
        """
        nonce, text = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        return self._cipher.decrypt(nonce, text, _context(tenant_id, name)).decode()

    def key_for(self, purpose: str) -> bytes:
        """A key of its own for another purpose, from which the sealing key cannot be told
        (HKDF, RFC 5869)."""
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose.encode()).derive(self._key)


def _context(tenant_id: UUID, name: str) -> bytes:
    return tenant_id.bytes + name.encode()


def _key(path: Path) -> bytes:
    """Read the key, or create it; two processes starting at once end with the same one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    if not path.exists():
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise ValueError(f"{path} is not a sealing key; restore it from the backup")
    return key
