"""RADIUS clients as the API takes and shows them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from openmvno.nas.model import RadiusClient, Terms
from openmvno.nas.rules import parse_network
from openmvno.rest.moments import Moment

Network = Annotated[str, Meta(examples=["192.0.2.0/24"], description="IP address or CIDR block")]
Port = Annotated[int, Meta(ge=1, le=65535)]
CalledStation = Literal["access_point", "number", "nothing"]
Vendor = Literal["none", "mikrotik", "chillispot"]


class RadiusClientIn(msgspec.Struct, forbid_unknown_fields=True):
    """A RADIUS client; the terms are explained in docs/radius.md. Without ``secret`` one that is
    there keeps its own."""

    network: Network
    service: Annotated[str, Meta(examples=["data"], min_length=1, max_length=64)]
    secret: str | None = None
    message_authenticator: bool = True
    trusted: bool = False
    rating_group: Annotated[int, Meta(ge=0, le=2**32 - 1)] | None = None
    called_station: CalledStation = "nothing"
    reserve: Literal["all", "share"] = "all"
    vendor: Vendor = "none"
    coa_port: Port | None = None
    interim_seconds: Annotated[int, Meta(ge=60, le=86_400)] | None = None
    idle_seconds: Annotated[int, Meta(ge=1, le=86_400)] | None = None
    enabled: bool = True

    def terms(self) -> Terms:
        """As the domain takes them.

        Raises:
            RadiusClientInvalid: the network is none.
        """
        given = {name: getattr(self, name) for name in self.__struct_fields__ if name != "secret"}
        return Terms(**{**given, "network": parse_network(self.network)})


class RadiusClientView(msgspec.Struct):
    """A RADIUS client; its secret is never shown."""

    name: str
    network: Network
    service: str
    message_authenticator: bool
    trusted: bool
    rating_group: int | None
    called_station: str
    reserve: str
    vendor: str
    coa_port: int | None
    interim_seconds: int | None
    idle_seconds: int | None
    enabled: bool
    created_at: Moment
    updated_at: Moment


class PasswordIn(msgspec.Struct, forbid_unknown_fields=True):
    """The password of a line."""

    password: Annotated[str, Meta(description="8 to 128 octets")]


def client_view(client: RadiusClient) -> RadiusClientView:
    """What the API shows of a client."""
    terms = client.terms
    return RadiusClientView(
        name=client.name,
        network=str(terms.network),
        service=terms.service,
        message_authenticator=terms.message_authenticator,
        trusted=terms.trusted,
        rating_group=terms.rating_group,
        called_station=terms.called_station,
        reserve=terms.reserve,
        vendor=terms.vendor,
        coa_port=terms.coa_port,
        interim_seconds=terms.interim_seconds,
        idle_seconds=terms.idle_seconds,
        enabled=terms.enabled,
        created_at=client.created_at,
        updated_at=client.updated_at,
    )
