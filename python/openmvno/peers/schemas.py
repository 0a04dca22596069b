"""Peers as the API takes and shows them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from openmvno.peers.model import DEFAULT_CONNECTIONS, DEFAULT_PROFILE, MOST_CONNECTIONS, Peer
from openmvno.rest.moments import Moment

Host = Annotated[
    str,
    Meta(
        max_length=257,
        description="An Origin-Host, *.realm for every host below a realm, or *",
        examples=["gw1.epc.example.net"],
    ),
]


class PeerIn(msgspec.Struct, forbid_unknown_fields=True):
    """How a peer may connect, and what kind of gateway it is."""

    addresses: Annotated[
        list[str],
        Meta(
            max_length=1000,
            description="Addresses and CIDR ranges it may connect from; none: any",
            examples=[["192.0.2.0/24"]],
        ),
    ] = []
    certificate: Annotated[
        str | None,
        Meta(description="A name its TLS certificate must have; it cannot connect without TLS"),
    ] = None
    connections: Annotated[
        int, Meta(ge=1, le=MOST_CONNECTIONS, description="Most connections at the same time")
    ] = DEFAULT_CONNECTIONS
    profile: Annotated[str, Meta(max_length=100, examples=["open5gs-smf"])] = DEFAULT_PROFILE
    enabled: bool = True
    note: Annotated[str, Meta(max_length=1000, description="For people")] = ""


class PeerView(msgspec.Struct):
    """A peer."""

    host: Host
    addresses: list[str]
    certificate: str | None
    connections: int
    profile: str
    enabled: bool
    note: str
    source: Annotated[str, Meta(description="file or database; those of the file are fixed here")]
    created_at: Moment | None
    updated_at: Moment | None


class ConnectionView(msgspec.Struct):
    """An open transport connection."""

    connection: int
    origin_host: Annotated[str | None, Meta(description="null before its CER")]
    origin_realm: str | None
    peer: Annotated[str | None, Meta(description="The peer it was admitted as")]
    profile: str | None
    address: str
    secure: Annotated[bool, Meta(description="Over TLS")]
    state: Annotated[
        str,
        Meta(description="unproven (no CER yet), open, suspect, reopening (RFC 3539), ending"),
    ]
    since: Moment


class ProfileView(msgspec.Struct):
    """How a kind of gateway differs from the standards."""

    name: str
    content: dict[str, Any]


def peer_view(peer: Peer) -> PeerView:
    """What the API shows of a peer."""
    return PeerView(
        peer.host,
        list(peer.addresses),
        peer.certificate,
        peer.connections,
        peer.profile,
        peer.enabled,
        peer.note,
        peer.source,
        peer.created_at,
        peer.updated_at,
    )
