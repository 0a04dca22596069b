"""Targets and deliveries as the API takes and shows them."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from openmvno.identifiers import moment_of
from openmvno.provisioning.drift import Drift
from openmvno.provisioning.model import Delivery, Queue, Target
from openmvno.rest.moments import Moment

MOST_DIFFERENCES: Final = 1000
"""Of a comparison that are shown."""

Url = Annotated[str, Meta(max_length=2000, examples=["https://hlr.example.net/openmvno"])]


EventNames = Annotated[
    list[Annotated[str, Meta(max_length=64)]], Meta(max_length=50, examples=[["line.", "port."]])
]


class TargetIn(msgspec.Struct, forbid_unknown_fields=True):
    """Where line events go.

    ``kind``: ``webhook`` (signed JSON by POST; ``secret`` signs each request and is never shown
    again), ``osmo_hlr`` (an OsmoHLR at ``osmo-hlr://host:4259?vty=4258``), ``pyhss``
    (``secret``: its provisioning key), ``http`` (any other, told by a ``template``),
    ``clearing_house`` (signed JSON, of ports) or ``es2plus`` (an SM-DP+, asked for profiles).
    ``secret`` left out: the present one stays as long as kind and address do. ``events``: the
    beginnings of the names of events it is told of, all for an empty list; left out, what is usual
    for the kind.
    """

    url: Url
    secret: Annotated[str, Meta(max_length=500, examples=["a long random text"])] | None = None
    enabled: bool = True
    kind: Annotated[str, Meta(max_length=32, examples=["webhook"])] = "webhook"
    events: EventNames | None = None
    template: dict[str, Any] | None = None


class TargetView(msgspec.Struct):
    """A provisioning target."""

    name: str
    kind: Annotated[str, Meta(examples=["webhook"])]
    url: Url
    events: EventNames
    template: dict[str, Any] | None
    enabled: bool
    created_at: Moment
    updated_at: Moment


class QueueView(msgspec.Struct):
    """What a target has not got yet. ``oldest_at``: when the event happened that waits longest."""

    target: str
    pending: Annotated[int, Meta(examples=[0])]
    dead: Annotated[int, Meta(examples=[0])]
    oldest_at: Moment | None


class DeliveryView(msgspec.Struct):
    """An event on its way to a target."""

    event_id: UUID
    target: str
    subject_id: UUID
    sequence: int
    event: Annotated[str, Meta(examples=["line.activated"])]
    state: Annotated[str, Meta(description="pending, delivered, dead, discarded, cancelled")]
    attempts: int
    next_attempt_at: Moment
    last_error: str | None
    delivered_at: Moment | None
    occurred_at: Moment
    payload: dict[str, Any]


def queue_view(queue: Queue) -> QueueView:
    """What the API shows of a queue."""
    oldest = None if queue.oldest is None else moment_of(queue.oldest)
    return QueueView(queue.target, queue.pending, queue.dead, oldest)


def target_view(target: Target) -> TargetView:
    """What the API shows of a target."""
    return TargetView(
        target.name,
        target.kind,
        target.url,
        target.events,
        target.template,
        target.enabled,
        target.created_at,
        target.updated_at,
    )


class DifferenceView(msgspec.Struct):
    """A subscriber of whom a register holds something else than our books.

    ``kind``: missing, different (in ``fields``), surplus (a card of the stock that no line has) or
    foreign (not the tenant's: a repair leaves it alone). ``under_way``: pending or dead, where
    deliveries about the line are still open; a repair waits for pending ones.
    """

    imsi: Annotated[str, Meta(examples=["219010000000001"])]
    kind: Annotated[str, Meta(examples=["different"])]
    line_id: UUID | None
    fields: Annotated[list[str], Meta(examples=[["circuit_switched", "packet_switched"]])]
    under_way: str | None


class DriftView(msgspec.Struct):
    """What a comparison found. ``held``: how many subscribers the register holds."""

    target: str
    lines: int
    held: int
    differing: int
    differences: Annotated[
        list[DifferenceView], Meta(description=f"The first {MOST_DIFFERENCES} of them")
    ]


class RepairView(msgspec.Struct):
    """What a repair ordered. ``waiting``: lines with deliveries under way; ``foreign``: left
    alone."""

    target: str
    ordered: int
    waiting: int
    foreign: int


class Replayed(msgspec.Struct):
    """How many dead letters are tried again."""

    replayed: int


def drift_view(target: str, drift: Drift) -> DriftView:
    """What the API shows of a comparison."""
    return DriftView(
        target,
        drift.lines,
        drift.held,
        len(drift.differences),
        [
            DifferenceView(each.imsi, each.kind, each.line_id, list(each.fields), each.under_way)
            for each in drift.differences[:MOST_DIFFERENCES]
        ],
    )


def repair_view(target: str, drift: Drift) -> RepairView:
    """What the API shows of a repair."""
    ordered = sum(each.is_repairable for each in drift.differences)
    foreign = sum(each.kind == "foreign" for each in drift.differences)
    return RepairView(target, ordered, len(drift.differences) - ordered - foreign, foreign)


def delivery_view(delivery: Delivery) -> DeliveryView:
    """What the API shows of a delivery."""
    return DeliveryView(
        delivery.event_id,
        delivery.target,
        delivery.subject_id,
        delivery.sequence,
        delivery.event,
        delivery.state,
        delivery.attempts,
        delivery.next_attempt_at,
        delivery.last_error,
        delivery.delivered_at,
        delivery.created_at,
        delivery.payload,
    )
