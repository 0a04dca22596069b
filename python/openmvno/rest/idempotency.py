"""Idempotency-Key: a request sent twice is done once and answered twice the same.

The key's row is written in the transaction of the change itself, so a change never exists without
its key nor a key without its change. A request that was refused keeps no key: nothing changed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.types.json import Json

from openmvno.rest.errors import IdempotencyKeyInvalid, IdempotencyKeyReused

MAXIMUM_LENGTH: Final = 255
KEPT_FOR: Final = timedelta(days=7)
"""How long a repeated request is recognised."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The response kept for a key."""

    status: int
    body: Any
    headers: dict[str, str]
    commands: list[tuple[int, int]]


def check_key(key: str) -> str:
    """The key, if it is usable.

    Raises:
        IdempotencyKeyInvalid: otherwise.
    """
    if not 0 < len(key) <= MAXIMUM_LENGTH or not key.isascii() or not key.isprintable():
        raise IdempotencyKeyInvalid(
            f"The key has {len(key)} characters, or such as are not printable ASCII.",
            field="Idempotency-Key",
            accepted=f"1 to {MAXIMUM_LENGTH} printable ASCII characters, for instance a UUID",
        )
    return key


def fingerprint(method: str, address: str, content: bytes) -> bytes:
    """What tells one request from another: SHA-256 of method, address (path and query) and body."""
    digest = hashlib.sha256(f"{method} {address}\n".encode())
    digest.update(content)
    return digest.digest()


async def claim(
    connection: AsyncConnection[Any], tenant_id: UUID, key: str, mark: bytes
) -> Stored | None:
    """Take the key for this transaction, or return what was answered to it before.

    A request with the same key that is still under way is waited for.

    Raises:
        IdempotencyKeyReused: the key belongs to another request.
    """
    cursor = await connection.execute(
        "INSERT INTO idempotency_key (tenant_id, key, fingerprint) VALUES (%s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (tenant_id, key, mark),
    )
    if cursor.rowcount == 1:
        return None
    cursor = await connection.execute(
        "SELECT fingerprint, response FROM idempotency_key WHERE tenant_id = %s AND key = %s",
        (tenant_id, key),
    )
    row = await cursor.fetchone()
    if row is None or bytes(row[0]) != mark:
        raise IdempotencyKeyReused(
            "The same key came with another method, address or body before.",
            field="Idempotency-Key",
        )
    response = row[1]
    commands = [(place[0], place[1]) for place in response["commands"]]
    return Stored(response["status"], response["body"], response["headers"], commands)


async def store(
    connection: AsyncConnection[Any], tenant_id: UUID, key: str, response: Stored
) -> None:
    """Keep the response of a claimed key, in the same transaction."""
    kept = {
        "status": response.status,
        "body": response.body,
        "headers": response.headers,
        "commands": response.commands,
    }
    await connection.execute(
        "UPDATE idempotency_key SET response = %s WHERE tenant_id = %s AND key = %s",
        (Json(kept), tenant_id, key),
    )


async def give_back(connection: AsyncConnection[Any], tenant_id: UUID, key: str) -> None:
    """Free a claimed key whose request was refused, in the same transaction."""
    await connection.execute(
        "DELETE FROM idempotency_key WHERE tenant_id = %s AND key = %s", (tenant_id, key)
    )


async def forget_old_keys(connection: AsyncConnection[Any]) -> int:
    """Housekeeping: delete keys older than ``KEPT_FOR``; returns how many."""
    cursor = await connection.execute(
        "DELETE FROM idempotency_key WHERE created_at < now() - %s::interval", (KEPT_FOR,)
    )
    return cursor.rowcount
