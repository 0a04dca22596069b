"""The owner's sign of life, and what a standby does when it is missing.

A killed engine's PostgreSQL session ends and frees the advisory lock at once. A frozen one keeps
its session: it stops renewing the lease, and the standby ends the session for it. What it might
still write later fails on the journal's key.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time

import psycopg

from openmvno.charging import ownership

log = logging.getLogger(__name__)

RENEW_SECONDS = 1.0
LAPSED_SECONDS = 5.0

RENEW = (
    "INSERT INTO engine_lease (owner, renewed_at) VALUES (%s, clock_timestamp())"
    " ON CONFLICT (singleton) DO UPDATE"
    " SET owner = excluded.owner, renewed_at = excluded.renewed_at"
)
# PostgreSQL's clock alone decides: engines on other machines may have other clocks.
AGE = "SELECT extract(epoch FROM clock_timestamp() - renewed_at)::float8 FROM engine_lease"


async def renew(connection: ownership.Connection, owner: int) -> None:
    """Say that ``owner`` is alive."""
    await connection.execute(RENEW, (owner,))


async def keep(conninfo: str, owner: int) -> None:
    """Renew the lease every second, until cancelled."""
    while True:
        with contextlib.suppress(psycopg.Error, ownership.EngineStartError, OSError):
            async with await ownership.connect(conninfo, "openmvno charge lease") as connection:
                # Losing a renewal costs nothing, so it does not wait for the disk.
                await connection.execute("SET synchronous_commit = off")
                while True:
                    await renew(connection, owner)
                    await asyncio.sleep(RENEW_SECONDS)
        await asyncio.sleep(RENEW_SECONDS)


class LeaseWatch:
    """A standby's eye on the owner."""

    def __init__(self) -> None:
        self._holder: int | None = None
        self._since = time.monotonic()

    async def end_lapsed_owner(self, connection: ownership.Connection) -> None:
        """End the session of an owner that has not renewed its lease for five seconds. A
        session that became the owner's only now is given its five seconds."""
        holder = await ownership.lock_holder(connection)
        if holder != self._holder:
            self._holder, self._since = holder, time.monotonic()
        if holder is None or time.monotonic() - self._since < LAPSED_SECONDS:
            return
        age = await _age_seconds(connection)
        if age is None or age < LAPSED_SECONDS:
            return
        log.warning(
            "the engine of PostgreSQL session %d has not renewed its lease for %.1f s: ending the"
            " session and taking over",
            holder,
            age,
        )
        async with connection.transaction():
            # As who logged in: a session is its login's, whatever role it took on.
            await connection.execute("SET LOCAL ROLE NONE")
            await connection.execute("SELECT pg_terminate_backend(%s)", (holder,))


async def _age_seconds(connection: ownership.Connection) -> float | None:
    """How long ago the owner renewed its lease; None when nobody ever did."""
    cursor = await connection.execute(AGE)
    row = await cursor.fetchone()
    return None if row is None else float(row[0])
