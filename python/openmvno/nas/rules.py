"""What a RADIUS client and a password must be like."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from openmvno.nas.errors import LinePasswordInvalid, RadiusClientInvalid, RadiusSecretTooShort

SHORTEST_SECRET: Final = 16
"""RFC 2865 section 3 asks for at least 16 octets."""

LONGEST_PASSWORD: Final = 128
"""Octets of a User-Password (RFC 2865 section 5.2)."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


def check_name(name: str) -> None:
    """Let a name pass: it is part of Session-Ids.

    Raises:
        RadiusClientInvalid: naming the field.
    """
    if _NAME.fullmatch(name) is None:
        raise RadiusClientInvalid(
            f"{name[:60]!r} is not a name for a RADIUS client.",
            field="name",
            accepted="1 to 32 lower-case letters, digits and dashes, the first no dash",
        )


def parse_network(text: str) -> IPv4Network | IPv6Network:
    """An address or CIDR block.

    Raises:
        RadiusClientInvalid: it is neither.
    """
    try:
        return ip_network(text)
    except ValueError as error:
        raise RadiusClientInvalid(
            f"{text[:60]!r} is not an IP address or a CIDR block ({error}).",
            field="network",
            accepted="an address such as 192.0.2.10 or a block such as 192.0.2.0/24",
        ) from error


def check_secret(secret: str) -> None:
    """Let a shared secret pass.

    Raises:
        RadiusSecretTooShort.
    """
    if len(secret.encode()) < SHORTEST_SECRET:
        raise RadiusSecretTooShort(
            f"The secret has {len(secret.encode())} octets.",
            field="secret",
            accepted=f"at least {SHORTEST_SECRET} octets",
        )


def check_password(password: str) -> None:
    """Let a line's password pass.

    Raises:
        LinePasswordInvalid.
    """
    octets = password.encode()
    if not 8 <= len(octets) <= LONGEST_PASSWORD or b"\0" in octets:
        raise LinePasswordInvalid(
            f"The password has {len(octets)} octets, or NUL within.",
            field="password",
            accepted=f"8 to {LONGEST_PASSWORD} octets without NUL",
        )
