"""Secrets in the database are sealed with a key that is not in it.

AES-256-GCM; the tenant and the secret's name are authenticated with it, so that a sealed secret
cannot be moved to another row. The key files lie in the data folder, readable by their owner only.
A process follows them: after a rotation it seals with the new key, and opens what is sealed with
the one before until all is sealed anew.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final, Self
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from openmvno.settings import Settings

KEY_FILE: Final = "sealing.key"
PREVIOUS_FILE: Final = "sealing.key.previous"
"""The key before the last rotation: it opens, and seals nothing."""
NEXT_FILE: Final = "sealing.key.next"
"""A key laid ready on every machine before it is taken into use: it opens, and seals nothing."""
VOUCHER_FILE: Final = "sealing.key.vouchers"
"""The key of vouchers' PINs: it seals nothing, and no rotation changes it."""
KEY_FILES: Final = (KEY_FILE, PREVIOUS_FILE, NEXT_FILE, VOUCHER_FILE)
KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
"""NIST SP 800-38D section 8.2.2: random nonces of 96 bits."""


class Sealer:
    """Seals and opens small secrets."""

    def __init__(self, key: bytes, *others: bytes, folder: Path | None = None) -> None:
        """``others`` open only. ``folder``: where the keys come from, to be followed."""
        self._folder = folder
        self._seen: FileStates = ()
        self._ciphers = [AESGCM(each) for each in (key, *others)]
        self._key = key

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The installation's sealer; its key file is created at first use."""
        folder = settings.absolute_data_dir
        key = _key(folder / KEY_FILE)
        return cls(key, *_other_keys(folder), folder=folder)

    def voucher_key(self) -> bytes:
        """The key under which vouchers' PINs are kept; never another one, as no PIN is there to be
        kept anew. It has a file of its own; a sealer without a folder makes do with its own key."""
        return self._key if self._folder is None else _key(self._folder / VOUCHER_FILE)

    def seal(self, tenant_id: UUID, name: str, secret: str) -> bytes:
        """The sealed form of a secret."""
        return self.seal_octets(tenant_id, name, secret.encode())

    def seal_octets(self, tenant_id: UUID, name: str, secret: bytes) -> bytes:
        """The sealed form of a secret that is no text."""
        self._follow()
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._ciphers[0].encrypt(nonce, secret, _context(tenant_id, name))

    def open(self, tenant_id: UUID, name: str, sealed: bytes) -> str:
        """The secret.

        Raises:
            cryptography.exceptions.InvalidTag: another key or another row.
        """
        return self.open_octets(tenant_id, name, sealed).decode()

    def open_octets(self, tenant_id: UUID, name: str, sealed: bytes) -> bytes:
        """The secret that is no text; raises as :meth:`open` does."""
        secret, _ = self._opened(tenant_id, name, sealed)
        return secret

    def sealed_anew(self, tenant_id: UUID, name: str, sealed: bytes) -> bytes | None:
        """A secret under the key of now; None when it is already.

        Raises:
            cryptography.exceptions.InvalidTag: another key or another row.
        """
        secret, place = self._opened(tenant_id, name, sealed)
        return None if place == 0 else self.seal_octets(tenant_id, name, secret)

    def _opened(self, tenant_id: UUID, name: str, sealed: bytes) -> tuple[bytes, int]:
        """The secret, and which of the keys opened it."""
        self._follow()
        nonce, text = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        for place, cipher in enumerate(self._ciphers):
            try:
                secret = cipher.decrypt(nonce, text, _context(tenant_id, name))
            except InvalidTag:
                continue
            return secret, place
        raise InvalidTag

    def _follow(self) -> None:
        """Take over the key files when they have changed."""
        if self._folder is None:
            return
        states = _states(self._folder)
        if states != self._seen:
            keys = [_key(self._folder / KEY_FILE), *_other_keys(self._folder)]
            self._ciphers = [AESGCM(each) for each in keys]
            self._seen = states


FileStates = tuple[tuple[int, int] | None, ...]


def _states(folder: Path) -> FileStates:
    return tuple(_state(folder / name) for name in (KEY_FILE, PREVIOUS_FILE, NEXT_FILE))


def _state(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


def _other_keys(folder: Path) -> list[bytes]:
    found = (folder / name for name in (PREVIOUS_FILE, NEXT_FILE))
    return [_read(path) for path in found if path.exists()]


def new_key(folder: Path) -> None:
    """Take another key into use: the one laid ready, else a new one. The present one opens on."""
    present = _key(folder / KEY_FILE)
    upcoming = folder / NEXT_FILE
    if not upcoming.exists():
        _write(upcoming, secrets.token_bytes(KEY_BYTES))
    _read(upcoming)  # it is one
    _write(folder / PREVIOUS_FILE, present)
    # One step: whoever looks finds the one or the other, and both open everything.
    upcoming.replace(folder / KEY_FILE)


def lay_ready(folder: Path) -> Path:
    """Lay the next key ready, to be copied to other machines before it is taken into use."""
    path = folder / NEXT_FILE
    if not path.exists():
        _write(path, secrets.token_bytes(KEY_BYTES))
    return path


def installation_key(settings: Settings, purpose: str) -> bytes:
    """A key of its own for another purpose, in a file beside; created at first use."""
    return _key(settings.absolute_data_dir / installation_key_file(purpose))


def installation_key_file(purpose: str) -> str:
    """The name of its file in the data folder."""
    return f"{purpose}.key"


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
    return _read(path)


def _read(path: Path) -> bytes:
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise ValueError(f"{path} is not a sealing key; restore it from the backup")
    return key


def _write(path: Path, key: bytes) -> None:
    """Put a key file in its place, whole or not at all."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
