"""A RADIUS client."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network


@dataclass(frozen=True, slots=True)
class Terms:
    """How a client is served.

    Args:
        network: where its datagrams come from.
        message_authenticator: an Access-Request without one is dropped (CVE-2024-3596).
        trusted: whoever it names is let in without a password.
        service: code of the service it gives access to, in the catalogue of the line's tenant.
        rating_group: of that service, where its prices have them.
        called_station: what Called-Station-Id means: access_point, number, nothing.
        reserve: all (what the service grants at most and the payers cover) or share (its default).
        vendor: whose limits of octets it understands: none, mikrotik, chillispot.
        coa_port: where it takes Disconnect- and CoA-Requests (RFC 5176); None: it takes none.
        interim_seconds: how often it is to report; None: as the service's grants are valid.
        idle_seconds: when it is to end an idle session; None: as it likes.
        enabled: whether it is served at all.
    """

    network: IPv4Network | IPv6Network
    message_authenticator: bool
    trusted: bool
    service: str
    rating_group: int | None
    called_station: str
    reserve: str
    vendor: str
    coa_port: int | None
    interim_seconds: int | None
    idle_seconds: int | None
    enabled: bool


@dataclass(frozen=True, slots=True)
class RadiusClient:
    """A client by its name; its secret stays sealed."""

    name: str
    terms: Terms
    version: int
    created_at: datetime
    updated_at: datetime
