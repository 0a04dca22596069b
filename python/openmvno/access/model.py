"""What users, roles, tokens and OAuth clients are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_address
from uuid import UUID

Network = IPv4Network | IPv6Network


def may_come_from(networks: Sequence[Network], address: str | None) -> bool:
    """Whether a request from ``address`` is within the networks; no networks: any address is."""
    if not networks:
        return True
    if address is None:
        return False
    own = ip_address(address)
    return any(own in network for network in networks if network.version == own.version)


@dataclass(frozen=True, slots=True)
class Role:
    """A name for scopes. ``built_in``: part of the program, the same for every tenant."""

    name: str
    realm: str
    scopes: list[str]
    note: str = ""
    version: int = 1
    built_in: bool = False


@dataclass(frozen=True, slots=True)
class NewUser:
    """Who a user is to be. ``language``: None until somebody chooses one."""

    login: str
    name: str
    realm: str
    roles: list[str] = field(default_factory=list)
    email: str | None = None
    subject_id: UUID | None = None
    networks: list[Network] = field(default_factory=list)
    second_factor_required: bool = False
    language: str | None = None


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who logs in. ``subject_id``: the customer, line or reseller it acts for;
    ``language``: None until somebody chooses one."""

    user_id: UUID
    login: str
    name: str
    email: str | None
    realm: str
    roles: list[str]
    subject_id: UUID | None
    networks: list[Network]
    status: str
    has_password: bool
    second_factor_required: bool
    has_second_factor: bool
    version: int
    created_at: datetime
    updated_at: datetime
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a login is held against."""

    user_id: UUID
    password_hash: str | None
    status: str
    networks: list[Network]
    sealed_totp: bytes | None
    totp_confirmed_at: datetime | None
    totp_step: int
    recovery_hashes: list[bytes]


@dataclass(frozen=True, slots=True)
class Token:
    """An API token; ``client_id`` where an OAuth client asked for it."""

    token_id: UUID
    name: str
    scopes: list[str]
    networks: list[Network]
    client_id: UUID | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """A program that gets short-lived tokens for its secret (RFC 6749 section 4.4)."""

    client_id: UUID
    name: str
    scopes: list[str]
    networks: list[Network]
    created_at: datetime
    revoked_at: datetime | None
