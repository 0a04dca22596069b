"""Table ``diameter_peer``."""

from __future__ import annotations

from typing import Any

from psycopg import AsyncConnection

from openmvno.database.rows import fetch_all, fetch_one, fetch_written
from openmvno.peers.model import Peer

_COLUMNS = (
    "host, addresses, certificate, connections, profile, enabled, note, version, created_at,"
    " updated_at"
)


async def put_peer(connection: AsyncConnection[Any], peer: Peer) -> Peer:
    """Create or replace a peer."""
    return await fetch_written(
        connection,
        Peer,
        "INSERT INTO diameter_peer AS present"
        " (host, addresses, certificate, connections, profile, enabled, note)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (host) DO UPDATE"
        " SET addresses = excluded.addresses, certificate = excluded.certificate,"
        " connections = excluded.connections, profile = excluded.profile,"
        " enabled = excluded.enabled, note = excluded.note, version = present.version + 1,"
        f" updated_at = now() RETURNING {_COLUMNS}",
        (
            peer.host,
            list(peer.addresses),
            peer.certificate,
            peer.connections,
            peer.profile,
            peer.enabled,
            peer.note,
        ),
    )


async def peer_of(
    connection: AsyncConnection[Any], host: str, *, lock: bool = False
) -> Peer | None:
    """One peer; ``lock`` keeps it from changing until the transaction ends."""
    return await fetch_one(
        connection,
        Peer,
        f"SELECT {_COLUMNS} FROM diameter_peer WHERE host = %s" + (" FOR UPDATE" if lock else ""),
        (host.lower(),),
    )


async def all_peers(connection: AsyncConnection[Any]) -> list[Peer]:
    """All peers of the database, by host."""
    query = f"SELECT {_COLUMNS} FROM diameter_peer ORDER BY host"
    return await fetch_all(connection, Peer, query, ())


async def delete_peer(connection: AsyncConnection[Any], host: str) -> None:
    """Delete a peer."""
    await connection.execute("DELETE FROM diameter_peer WHERE host = %s", (host,))
