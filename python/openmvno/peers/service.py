"""Setting and removing peers, and the table that the charge process enforces."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any, Final

from psycopg import AsyncConnection

from openmvno import audit
from openmvno._core import CoreError, check_peers
from openmvno.actor import Actor
from openmvno.errors import one_of
from openmvno.peers import store
from openmvno.peers.configuration import PeerFile
from openmvno.peers.errors import PeerConfiguredByFile, PeerInvalid, PeerNotFound
from openmvno.peers.model import DEFAULT_PROFILE, MOST_CONNECTIONS, Peer, PeerTable

TAKEN: Final = {
    "host": "an Origin-Host such as pgw.example.net, or a pattern such as *.example.net",
    "addresses": "addresses such as 192.0.2.10 and CIDR ranges such as 192.0.2.0/24",
    "certificate": "a name as it stands in a certificate, such as pgw.example.net",
}
"""What is accepted in each field that the core's rules are about."""


async def set_peer(
    connection: AsyncConnection[Any], actor: Actor, file: PeerFile, peer: Peer
) -> Peer:
    """Create or replace a peer of the database. It is in force once the engine has been told.

    Raises:
        PeerInvalid, PeerConfiguredByFile.
    """
    peer = replace(peer, host=peer.host.lower())
    _refuse_file_peer(file, peer.host)
    _check(file, peer)
    before = await store.peer_of(connection, peer.host, lock=True)
    written = await store.put_peer(connection, peer)
    await audit.record(
        connection,
        actor,
        "peer.set",
        "peer",
        peer.host,
        before=None if before is None else _audited(before),
        after=_audited(written),
    )
    return written


async def remove_peer(
    connection: AsyncConnection[Any], actor: Actor, file: PeerFile, host: str
) -> Peer:
    """Remove a peer of the database; returns what it was.

    Raises:
        PeerNotFound, PeerConfiguredByFile.
    """
    host = host.lower()
    _refuse_file_peer(file, host)
    before = await store.peer_of(connection, host, lock=True)
    if before is None:
        raise PeerNotFound(f"There is no peer {host[:100]!r}.", field="host")
    await store.delete_peer(connection, host)
    await audit.record(
        connection, actor, "peer.removed", "peer", host, before=_audited(before), after=None
    )
    return before


async def list_peers(connection: AsyncConnection[Any], file: PeerFile) -> list[Peer]:
    """The peers in force, by host: those of the file, and those of the database beside them."""
    peers = {peer.host: peer for peer in await store.all_peers(connection)} | dict(file.peers)
    return [peers[host] for host in sorted(peers)]


async def peer_table(
    connection: AsyncConnection[Any], file: PeerFile, *, open_when_empty: bool
) -> PeerTable:
    """What the charge process has to enforce.

    Without any peer in file and database everybody may connect, if ``open_when_empty``. A peer
    whose profile is gone is kept out rather than misunderstood.
    """
    peers, problems = [], []
    for peer in await list_peers(connection, file):
        if peer.profile in file.profiles or peer.profile == DEFAULT_PROFILE:
            peers.append(peer)
            continue
        peers.append(replace(peer, profile=DEFAULT_PROFILE, enabled=False))
        problems.append(f"peer {peer.host} is kept out: its profile {peer.profile!r} is gone")
    is_open = open_when_empty and not peers and not file.is_given
    rules = None if is_open else [peer.rule() for peer in peers]
    document = json.dumps({"profiles": dict(file.profiles), "peers": rules})
    return PeerTable(document, is_open, problems)


def _refuse_file_peer(file: PeerFile, host: str) -> None:
    if host in file.peers:
        raise PeerConfiguredByFile(
            f"{host} stands in the file of peers (OPENMVNO_DIAMETER_PEERS_FILE).", field="host"
        )


def _check(file: PeerFile, peer: Peer) -> None:
    """The core's own rules, so that it never refuses what the database holds."""
    if not 1 <= peer.connections <= MOST_CONNECTIONS:
        raise PeerInvalid(
            f"{peer.connections} connections are too few or too many.",
            field="connections",
            accepted=f"1 to {MOST_CONNECTIONS}",
        )
    try:
        check_peers(json.dumps({"profiles": dict(file.profiles), "peers": [peer.rule()]}))
    except CoreError as error:
        # It says which peer, which field of it, and what is wrong there, with colons between.
        _, _, problem = str(error).partition(f"peer {peer.host}: ")
        field, _, rule = problem.partition(": ")
        accepted = TAKEN.get(field)
        if field == "profile":
            accepted = one_of([DEFAULT_PROFILE, *sorted(file.profiles)])
        raise PeerInvalid(
            rule or problem or str(error), field=field or "host", accepted=accepted
        ) from error


def _audited(peer: Peer) -> dict[str, Any]:
    shown = asdict(peer)
    return {name: shown[name] for name in (*peer.rule(), "note")} | {
        "addresses": list(peer.addresses)
    }
