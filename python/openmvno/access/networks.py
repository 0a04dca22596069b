"""IP allow lists as they are given."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_network

from openmvno.access.errors import NetworkInvalid
from openmvno.access.model import Network


def parse_networks(given: Iterable[str]) -> list[Network]:
    """Addresses and CIDR ranges.

    Raises:
        NetworkInvalid.
    """
    networks = []
    for place, text in enumerate(given):
        try:
            networks.append(ip_network(text))
        except ValueError as error:
            raise NetworkInvalid(
                f"{text[:60]!r} is not an IP address or a range ({error}).",
                field=f"networks[{place}]",
            ) from error
    return networks
