"""Random secrets, and how each kind is kept.

Those we make have 256 random bits (recovery codes 80): guessing is hopeless, so a plain SHA-256 is
a safe thing to store. Passwords are chosen by people: Argon2id (RFC 9106), by a library.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

TOKEN_PREFIX: Final = "omv_"  # noqa: S105 -- marks a token as ours, is none
SECRET_PREFIX: Final = "omvs_"  # noqa: S105
SECRET_BYTES: Final = 32
RECOVERY_CODES: Final = 10
RECOVERY_BYTES: Final = 10

AT_ONCE: Final = 2
"""Passwords hashed at the same time: each takes 64 MiB and a core for some 50 ms."""

_hasher = PasswordHasher()
_workers = ThreadPoolExecutor(AT_ONCE, "passwords")
# What a password is held against when there is no user: an answer takes as long either way.
_NOBODYS: Final = _hasher.hash(secrets.token_urlsafe())


def new_token() -> str:
    """A new API token."""
    return TOKEN_PREFIX + secrets.token_urlsafe(SECRET_BYTES)


def new_secret() -> str:
    """A new secret of an OAuth client or a session."""
    return SECRET_PREFIX + secrets.token_urlsafe(SECRET_BYTES)


def new_recovery_codes() -> list[str]:
    """Codes to write down, each good once."""
    return [secrets.token_hex(RECOVERY_BYTES) for _ in range(RECOVERY_CODES)]


def digest(secret: str) -> bytes:
    """SHA-256 of a secret of ours."""
    return hashlib.sha256(secret.encode()).digest()


def csrf_token(session: str) -> str:
    """The token that a change with this session's cookie has to send: another site cannot read the
    cookie, so it cannot make it."""
    return hmac.digest(session.encode(), b"csrf", "sha256").hex()


async def hash_password(password: str) -> str:
    """The Argon2id hash to store."""
    return await asyncio.get_running_loop().run_in_executor(_workers, _hasher.hash, password)


async def password_fits(stored: str | None, password: str) -> bool:
    """Whether the password is right; takes as long where there is none."""
    return await asyncio.get_running_loop().run_in_executor(_workers, _fits, stored, password)


def _fits(stored: str | None, password: str) -> bool:
    try:
        _hasher.verify(_NOBODYS if stored is None else stored, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None
