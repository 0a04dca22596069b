"""Open charging sessions as the API shows them; amounts are decimal strings."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from openmvno.rest.moments import Moment


class OpenUnitsView(msgspec.Struct):
    """One rating group of a session, in the units of its service, since its last CDR."""

    rating_group: Annotated[int | None, Meta(examples=[10])]
    rate: Annotated[str, Meta(examples=["Croatia"])]
    granted: Annotated[int, Meta(examples=[60], description="Beyond what is used")]
    used: Annotated[int, Meta(examples=[120], description="As reported")]
    charged: Annotated[str, Meta(examples=["1.20"])]
    reserved: Annotated[str, Meta(examples=["0.60"], description="Money held for the grant")]


class OpenSessionView(msgspec.Struct):
    """A charging session that is open. ``status``: open, ending (its end is asked for), given_up
    (its gateway fell silent; a late report still counts)."""

    session_id: Annotated[str, Meta(examples=["pgw.example;1;7"])]
    service: Annotated[str, Meta(examples=["data"])]
    direction: Annotated[str, Meta(examples=["originating"])]
    destination: Annotated[str, Meta(examples=["385980000001"])]
    gateway: Annotated[str, Meta(examples=["pgw.example"])]
    since: Moment
    last_report: Moment
    status: Annotated[str, Meta(examples=["open"])]
    currency: Annotated[str, Meta(examples=["EUR"])]
    units: list[OpenUnitsView]
