"""Failed logins in a row: counted by login and by address, in the database, so by all processes.

A login that is tried counts whether it exists or not: an answer tells nothing about that.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.access.errors import LoginThrottled

Kind = Literal["login", "address"]
Tried = dict[Kind, str]

MOST_FAILURES: Final[dict[Kind, int]] = {"login": 5, "address": 50}
"""So many in a row are free; an address may be that of a whole office."""

FIRST_BLOCK: Final = timedelta(seconds=30)
"""Doubled with each failure after it."""

LONGEST_BLOCK: Final = timedelta(hours=1)
FORGOTTEN_AFTER: Final = timedelta(hours=24)


def what_is_tried(login: str, address: str | None) -> Tried:
    """A login, and the address it is tried from where that is known."""
    return {"login": login} if address is None else {"login": login, "address": address}


async def refusal(
    connection: AsyncConnection[Any], tenant_id: UUID, tried: Tried
) -> LoginThrottled | None:
    """Why it may not be tried now; None: it may."""
    seconds = await _blocked_for(connection, tenant_id, tried)
    if not seconds:
        return None
    return LoginThrottled(
        accepted=f"another try in {seconds} seconds", extra={"retry_after": seconds}
    )


async def _blocked_for(connection: AsyncConnection[Any], tenant_id: UUID, tried: Tried) -> int:
    """Seconds until any of what is tried may be tried again; 0: now."""
    longest = 0.0
    for kind, key in tried.items():
        cursor = await connection.execute(
            "SELECT extract(epoch FROM blocked_until - now())::float8 FROM login_failure"
            " WHERE tenant_id = %s AND kind = %s AND key = %s AND blocked_until > now()",
            (tenant_id, kind, key),
        )
        if (row := await cursor.fetchone()) is not None:
            longest = max(longest, row[0])
    return int(longest) + 1 if longest else 0


async def failed(
    connection: AsyncConnection[Any], tenant_id: UUID, kind: Kind, key: str
) -> datetime | None:
    """Count a failure; returns until when it is blocked now, if it is."""
    cursor = await connection.execute(
        "INSERT INTO login_failure AS f (tenant_id, kind, key, failures) VALUES (%s, %s, %s, 1)"
        " ON CONFLICT (tenant_id, kind, key) DO UPDATE SET failed_at = now(),"
        " failures = CASE WHEN f.failed_at < now() - %s::interval THEN 1 ELSE f.failures + 1 END"
        " RETURNING failures",
        (tenant_id, kind, key, FORGOTTEN_AFTER),
    )
    row = await cursor.fetchone()
    over = (row[0] if row else 1) - MOST_FAILURES[kind]
    if over < 0:
        return None
    until: datetime = datetime.now(UTC) + min(LONGEST_BLOCK, FIRST_BLOCK * 2 ** min(over, 20))
    await connection.execute(
        "UPDATE login_failure SET blocked_until = %s"
        " WHERE tenant_id = %s AND kind = %s AND key = %s",
        (until, tenant_id, kind, key),
    )
    return until


async def forget(connection: AsyncConnection[Any], tenant_id: UUID, kind: Kind, key: str) -> None:
    """What was tried succeeded, or is let off."""
    await connection.execute(
        "DELETE FROM login_failure WHERE tenant_id = %s AND kind = %s AND key = %s",
        (tenant_id, kind, key),
    )
