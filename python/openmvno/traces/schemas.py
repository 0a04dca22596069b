"""What a trace shows; amounts are decimal strings of the currency's major unit."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from openmvno.rest.moments import Moment

Amount = Annotated[str, Meta(examples=["9.400000"])]


class AvpView(msgspec.Struct, omit_defaults=True):
    """An AVP of a Diameter message, or a member of a request in JSON."""

    name: Annotated[str, Meta(examples=["CC-Request-Type"])]
    value: Annotated[str, Meta(examples=["1"], description="Empty where it is grouped")]
    meaning: Annotated[str | None, Meta(examples=["INITIAL_REQUEST"])] = None
    code: Annotated[int | None, Meta(examples=[416])] = None
    vendor: Annotated[int | None, Meta(examples=[10415])] = None
    avps: Annotated[list[AvpView], Meta(examples=[[]])] = msgspec.field(default_factory=list)


class MessageView(msgspec.Struct):
    """A request or an answer."""

    name: Annotated[str, Meta(examples=["Credit-Control-Request"])]
    result: Annotated[str, Meta(examples=["2001 DIAMETER_SUCCESS"])]
    detail: Annotated[str, Meta(examples=["hop-by-hop 0x0000002a"])]
    avps: list[AvpView]


class TracedPart(msgspec.Struct, rename={"start": "from", "end": "to"}):
    """A stretch of the usage to date that one payer paid."""

    payer: Annotated[str, Meta(examples=["balance"])]
    rate: Annotated[str, Meta(examples=["Croatia"])]
    table: Annotated[str, Meta(examples=["voice-standard"])]
    period: Annotated[str, Meta(examples=["offpeak"])]
    start: Annotated[int, Meta(examples=[0])]
    end: Annotated[int, Meta(examples=[60])]
    cost: Annotated[str, Meta(examples=["0.600000"], description="In the payer's own unit")]
    discount_percent: Annotated[str, Meta(examples=["0"])]


class TracedUnits(msgspec.Struct):
    """One rating group of the session after the exchange."""

    rating_group: Annotated[int | None, Meta(examples=[10])]
    rate: Annotated[str, Meta(examples=["Croatia"])]
    table: Annotated[str, Meta(examples=["voice-standard"])]
    granted: Annotated[int, Meta(examples=[60])]
    used: Annotated[int, Meta(examples=[120])]
    charged: Annotated[Amount, Meta(description="For the usage to date")]
    charged_now: Annotated[Amount, Meta(description="By this exchange")]
    reserved: Annotated[Amount, Meta(description="Money held for the grant")]
    parts: list[TracedPart]


class TracedBucket(msgspec.Struct):
    """A bucket that the exchange changed, in its own unit."""

    code: Annotated[str, Meta(examples=["min100"])]
    unit: Annotated[str | None, Meta(examples=["second"])]
    used_before: Annotated[int, Meta(examples=[0])]
    used_after: Annotated[int, Meta(examples=[60])]
    reserved_before: Annotated[int, Meta(examples=[60])]
    reserved_after: Annotated[int, Meta(examples=[60])]


class TracedCdr(msgspec.Struct):
    """A CDR that the exchange closed. ``explanation``: as ``GET /v1/cdrs/{id}/explanation``; null
    while the tables do not have it yet."""

    cdr_id: UUID
    kind: Annotated[str, Meta(examples=["session"])]
    rate: Annotated[str, Meta(examples=["Croatia"])]
    usage: Annotated[int, Meta(examples=[65])]
    amount: Amount
    explanation: dict[str, Any] | None = None


class RatingView(msgspec.Struct):
    """What an exchange did to the account. ``quote``: of what was granted first, the price and how
    it was found (docs/catalogue.md, Quote and explain)."""

    currency: Annotated[str, Meta(examples=["EUR"])]
    balance_before: Amount
    balance_after: Amount
    reserved_before: Amount
    reserved_after: Amount
    units: list[TracedUnits]
    buckets: list[TracedBucket]
    cdrs: list[TracedCdr]
    quote: dict[str, Any] | None = None


class TraceEntry(msgspec.Struct):
    """A request of the subscriber and its answer. ``answered`` null: no answer left, the peer had
    given up. ``not_shown``: exchanges before this one that came faster than they could be shown."""

    at: Moment
    answered: Moment | None
    door: Annotated[str, Meta(examples=["diameter"])]
    peer: Annotated[str, Meta(examples=["gw1.example.net"])]
    session_id: Annotated[str, Meta(examples=["gw1.example.net;1;1"])]
    shard: Annotated[int | None, Meta(examples=[2])]
    request: MessageView
    answer: MessageView
    rating: RatingView | None = None
    not_shown: Annotated[int, Meta(examples=[0])] = 0


class TraceSummary(msgspec.Struct):
    """The last line of a trace."""

    shown: Annotated[int, Meta(examples=[3])]
    not_shown: Annotated[int, Meta(examples=[0])]
