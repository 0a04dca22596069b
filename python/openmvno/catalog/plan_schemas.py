"""Plans, differences and quotes as the API and ``--json`` show them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from openmvno.catalog.bills import Bill, Sums
from openmvno.catalog.diff import Change
from openmvno.catalog.plan import Plan
from openmvno.money import format_amount
from openmvno.rest.moments import Moment

Amount = Annotated[str, Meta(examples=["12.34"], description="Decimal string")]


class DifferenceView(msgspec.Struct):
    """What differs from one version to another."""

    old: Annotated[int | None, Meta(examples=[2], description="The version compared against")]
    new: Annotated[int, Meta(examples=[3])]
    changes: list[Change]


class PlanRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A document or the number of a version, and the period whose usage is rated."""

    since: Annotated[datetime, Meta(tz=True, examples=["2026-10-01T00:00:00Z"])]
    until: Annotated[datetime, Meta(tz=True, examples=["2026-11-01T00:00:00Z"])]
    document: Annotated[dict[str, Any] | None, Meta(description="As in GET /v1/catalog")] = None
    version: Annotated[int, Meta(ge=1, examples=[3])] | None = None
    effective_at: (
        Annotated[
            datetime,
            Meta(tz=True, description="When it is to come into force [now, or the version's time]"),
        ]
        | None
    ) = None
    buckets: Annotated[bool, Meta(description="Allowances and wallets pay, granted new")] = True
    top: Annotated[int, Meta(ge=0, le=1000, description="Bills listed of each direction")] = 10


class SumsView(msgspec.Struct):
    """``charged`` in reality; ``before`` and ``after``: the same usage under both documents."""

    records: int
    charged: Amount
    before: Amount
    after: Amount
    change: Amount


class ServiceView(SumsView):
    """The sums of a service."""

    service: str


class BillView(SumsView):
    """The sums of a line."""

    line: UUID
    msisdn: str
    product: str


class ProductChangeView(msgspec.Struct):
    """What happens to a product, and to how many lines that are not closed."""

    code: str
    change: Annotated[str, Meta(description="added, removed, changed, unchanged")]
    live_lines: int


class OutcomeView(msgspec.Struct):
    """Records that came to a result (rated, forbidden, no_rate, …) under both documents."""

    result: str
    before: int
    after: int


class BandView(msgspec.Struct):
    """Subscribers whose bill changes by about the same share."""

    label: Annotated[str, Meta(examples=["+5% to +10%"])]
    subscribers: int
    change: Amount


class PlanView(msgspec.Struct):
    """What a document would change. ``against``: the version it takes over from, null if none."""

    against: int | None
    currency: Annotated[str, Meta(examples=["EUR"])]
    since: Moment
    until: Moment
    changes: list[Change]
    products: list[ProductChangeView]
    total: SumsView
    services: list[ServiceView]
    results: list[OutcomeView]
    subscribers: int
    bills_up: Annotated[list[BillView], Meta(description="The largest rises")]
    bills_down: Annotated[list[BillView], Meta(description="The largest falls")]
    distribution: list[BandView]


def plan_view(plan: Plan, top: int) -> PlanView:
    """A plan with the ``top`` bills of each direction."""
    up, down = top_bills(plan, top)
    return PlanView(
        plan.against,
        plan.currency,
        plan.period.since,
        plan.period.until,
        plan.changes,
        [
            ProductChangeView(product.code, product.change, product.live_lines)
            for product in plan.products
        ],
        SumsView(*_amounts(plan.total, plan.currency)),
        [
            ServiceView(*_amounts(sums, plan.currency), service)
            for service, sums in plan.services.items()
        ],
        [OutcomeView(each.result, each.before, each.after) for each in plan.outcomes],
        len(plan.bills),
        [_bill_view(bill, plan.currency) for bill in up],
        [_bill_view(bill, plan.currency) for bill in down],
        [
            BandView(band.label, band.subscribers, format_amount(band.change, plan.currency))
            for band in plan.bands
        ],
    )


def top_bills(plan: Plan, top: int) -> tuple[list[Bill], list[Bill]]:
    """The largest rises and the largest falls, at most ``top`` of each."""
    up = [bill for bill in plan.bills[:top] if bill.sums.change > 0]
    last = plan.bills[max(0, len(plan.bills) - top) :]
    return up, [bill for bill in reversed(last) if bill.sums.change < 0]


def _bill_view(bill: Bill, currency: str) -> BillView:
    return BillView(*_amounts(bill.sums, currency), bill.line, bill.msisdn, bill.product)


def _amounts(sums: Sums, currency: str) -> tuple[int, str, str, str, str]:
    return (
        sums.records,
        format_amount(sums.charged, currency),
        format_amount(sums.before, currency),
        format_amount(sums.after, currency),
        format_amount(sums.change, currency),
    )
