"""The engines of the installation as the database knows them: who is there, since when, where."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from openmvno.charging import ownership

log = logging.getLogger(__name__)

RENEW_SECONDS = 1.0
LAPSED_SECONDS = 5.0
# A row of an engine that left without a word is of use to nobody after this.
FORGOTTEN_SECONDS = 60

JOIN = (
    "INSERT INTO engine_node (owner, presence, address, origin_host) VALUES (%s, %s, %s, %s)"
    " ON CONFLICT (owner) DO UPDATE SET renewed_at = clock_timestamp()"
)
FORGET = (
    "DELETE FROM engine_node WHERE owner <> %s"
    f" AND renewed_at < clock_timestamp() - interval '{FORGOTTEN_SECONDS} s'"
)
# The process id is that of the session that holds the engine's own lock, none once it is gone.
KNOWN = (
    "SELECT n.owner, n.address, n.origin_host, n.leaving, n.renewed_at::text, l.pid"
    " FROM engine_node n LEFT JOIN pg_locks l ON l.locktype = 'advisory' AND l.granted"
    " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND l.classid::bigint = %s AND l.objid::bigint = n.presence AND l.objsubid = 2"
    " ORDER BY n.owner"
)
LATEST_OWNERS = (
    "SELECT s, (SELECT owner FROM journal WHERE shard = s ORDER BY seq DESC LIMIT 1)"
    " FROM generate_series(0, %s - 1) AS s"
)


@dataclass(frozen=True)
class EngineRow:
    """An engine."""

    owner: int
    """Its run, as the journal names it."""
    address: str
    """host:port of its gRPC."""
    origin_host: str
    leaving: bool
    renewed_at: str
    """When it last renewed its row, by PostgreSQL's clock."""
    session: int | None
    """The PostgreSQL process that holds its lock: it is alive, or frozen."""


async def join(
    connection: ownership.Connection, owner: int, address: str, origin_host: str
) -> None:
    """Say that this engine is there, or still there."""
    presence = ownership.presence_key(owner)
    await connection.execute(JOIN, (owner, presence, address, origin_host))
    await connection.execute(FORGET, (owner,))


async def say_leaving(connection: ownership.Connection, owner: int) -> None:
    """Ask the others to take over."""
    await connection.execute("UPDATE engine_node SET leaving = true WHERE owner = %s", (owner,))


async def leave(connection: ownership.Connection, owner: int) -> None:
    """This engine is not there any more."""
    await connection.execute("DELETE FROM engine_node WHERE owner = %s", (owner,))


async def known(connection: ownership.Connection) -> list[EngineRow]:
    """Every engine that has not been forgotten."""
    cursor = await connection.execute(KNOWN, (ownership.NODE_LOCKS,))
    return [EngineRow(*row) for row in await cursor.fetchall()]


async def latest_owners(connection: ownership.Connection, shards: int) -> dict[int, int]:
    """Who wrote the last journal row of each shard."""
    cursor = await connection.execute(LATEST_OWNERS, (shards,))
    return {shard: owner for shard, owner in await cursor.fetchall() if owner is not None}


class SignsOfLife:
    """Tells engines that are frozen: their session is there, and their row is not renewed."""

    def __init__(self) -> None:
        self._seen: dict[int, tuple[str, float]] = {}

    def lapsed(self, engine: EngineRow) -> bool:
        """Whether its row has stayed as it is for five seconds of ours, through which we looked."""
        now = time.monotonic()
        renewed_at, since = self._seen.get(engine.owner, ("", now))
        if renewed_at != engine.renewed_at:
            since = now
        self._seen[engine.owner] = (engine.renewed_at, since)
        return now - since >= LAPSED_SECONDS

    def forget(self) -> None:
        """We could not look for a while."""
        self._seen.clear()


async def end_session(connection: ownership.Connection, engine: EngineRow) -> None:
    """End the session of an engine that is frozen, which frees its shards. What it might still
    write later fails on the journal's key."""
    log.warning(
        "the engine at %s has not renewed its row for %.0f s: ending its session %s",
        engine.address,
        LAPSED_SECONDS,
        engine.session,
    )
    async with connection.transaction():
        # As who logged in: a session is its login's, whatever role it took on.
        await connection.execute("SET LOCAL ROLE NONE")
        await connection.execute("SELECT pg_terminate_backend(%s)", (engine.session,))
