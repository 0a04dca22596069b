"""Statistics as the API shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from openmvno.money import format_amount
from openmvno.rest.moments import Moment
from openmvno.statistics.model import Measure, Statistic
from openmvno.statistics.periods import Period

Amount = Annotated[str, Meta(examples=["12.34"], description="Decimal string")]
Currency = Annotated[str, Meta(examples=["EUR"])]
Events = Annotated[int, Meta(examples=[42])]


class UsageSum(msgspec.Struct):
    """CDRs of one service and kind."""

    service: Annotated[str, Meta(examples=["voice"])]
    kind: Annotated[
        str, Meta(examples=["session"], description="session, event, file, refund, correction")
    ]
    events: Annotated[Events, Meta(description="CDRs")]
    usage: Annotated[int, Meta(examples=[3600], description="In the service's unit, as reported")]
    currency: Currency
    amount: Annotated[Amount, Meta(description="What was charged for it")]


class RevenueSum(msgspec.Struct):
    """The engine's postings to revenue: usage and what is sold of bundles."""

    currency: Currency
    amount: Annotated[Amount, Meta(description="As the ledger has it: it knows no tax yet")]
    overrun: Annotated[
        Amount, Meta(examples=["0.00"], description="The part of it that no balance covered")
    ]


class TopUpSum(msgspec.Struct):
    """Money that came to balances."""

    via: Annotated[str, Meta(examples=["voucher"], description="payment, voucher or direct")]
    currency: Currency
    events: Events
    amount: Amount


class CashSum(msgspec.Struct):
    """The engine's postings to cash: what came to balances and wallets from outside."""

    currency: Currency
    amount: Amount


class PaymentSum(msgspec.Struct):
    """Movements of payments' money."""

    kind: Annotated[
        str,
        Meta(
            examples=["receipt"],
            description="receipt, fee, payout, chargeback, offset or chargeback_won",
        ),
    ]
    provider: Annotated[str, Meta(examples=["stripe"])]
    currency: Currency
    events: Events
    amount: Amount


class FailureSum(msgspec.Struct):
    """What did not succeed."""

    area: Annotated[
        str,
        Meta(
            examples=["delivery"],
            description="charging, usage_record, change, delivery, payment or voucher",
        ),
    ]
    cause: Annotated[str, Meta(examples=["unreachable"])]
    events: Events


class Sums(msgspec.Struct):
    """What was counted in some time. ``cash``, ``top_ups`` and ``payments`` are null without the
    scope payments:read."""

    usage: list[UsageSum]
    revenue: list[RevenueSum]
    cash: list[CashSum] | None
    top_ups: list[TopUpSum] | None
    payments: list[PaymentSum] | None
    lines_opened: Annotated[int, Meta(examples=[3])]
    lines_closed: Annotated[int, Meta(examples=[1])]
    accounts_opened: Annotated[int, Meta(examples=[2])]
    failures: list[FailureSum]


class StatisticsPoint(Sums):
    """One step; ``at`` is its beginning."""

    at: Moment


class StatisticsView(msgspec.Struct):
    """A point for each step, those without events too, and the sum of all. The last step may not
    be over; ``lag_seconds`` is what the sums are behind charging."""

    step: Annotated[str, Meta(examples=["hour"])]
    since: Moment
    until: Moment
    time_zone: Annotated[
        str, Meta(examples=["Europe/Zagreb"], description="Whose days are counted")
    ]
    lag_seconds: Annotated[float, Meta(examples=[0.2])]
    total: Sums
    points: list[StatisticsPoint]


def statistics_view(
    wanted: Period, zone: str, lag: float, found: Sequence[Statistic], *, with_payments: bool
) -> StatisticsView:
    """What the API shows of the sums of a period."""
    by_step: dict[datetime, list[Statistic]] = {at: [] for at in wanted.beginnings}
    for each in found:
        by_step.setdefault(each.at, []).append(each)
    points = []
    for at, sums in sorted(by_step.items()):
        shown = sums_view(sums, with_payments=with_payments)
        members = {name: getattr(shown, name) for name in Sums.__struct_fields__}
        points.append(StatisticsPoint(at=at, **members))
    return StatisticsView(
        wanted.step,
        wanted.beginnings[0],
        wanted.until,
        zone,
        round(lag, 3),
        sums_view(found, with_payments=with_payments),
        points,
    )


def sums_view(found: Iterable[Statistic], *, with_payments: bool) -> Sums:
    """What the API shows of sums, those of equal names added up."""
    added = _added(found)
    of = {measure: added.get(measure, []) for measure in Measure}
    return Sums(
        usage=[
            UsageSum(each.kind, each.detail, each.events, each.usage, each.currency, _amount(each))
            for each in of[Measure.USAGE]
        ],
        revenue=_revenue(of[Measure.POSTING]),
        cash=[
            CashSum(each.currency, _amount(each))
            for each in of[Measure.POSTING]
            if each.kind == "cash"
        ]
        if with_payments
        else None,
        top_ups=[
            TopUpSum(each.kind, each.currency, each.events, _amount(each))
            for each in of[Measure.TOP_UP]
        ]
        if with_payments
        else None,
        payments=[
            PaymentSum(each.kind, each.detail, each.currency, each.events, _amount(each))
            for each in of[Measure.PAYMENT]
        ]
        if with_payments
        else None,
        lines_opened=_events(of[Measure.LINE], "opened"),
        lines_closed=_events(of[Measure.LINE], "closed"),
        accounts_opened=_events(of[Measure.ACCOUNT], "opened"),
        failures=[FailureSum(each.kind, each.detail, each.events) for each in of[Measure.FAILURE]],
    )


def _added(found: Iterable[Statistic]) -> dict[str, list[Statistic]]:
    totals: dict[tuple[str, str, str, str], Statistic] = {}
    for each in found:
        key = (each.measure, each.kind, each.detail, each.currency)
        before = totals.get(key)
        totals[key] = (
            each
            if before is None
            else Statistic(
                each.at,
                *key,
                before.events + each.events,
                before.usage + each.usage,
                before.amount_micros + each.amount_micros,
            )
        )
    by_measure: dict[str, list[Statistic]] = {}
    for _, total in sorted(totals.items()):
        by_measure.setdefault(total.measure, []).append(total)
    return by_measure


def _revenue(postings: Sequence[Statistic]) -> list[RevenueSum]:
    """A credit of revenue is negative in the ledger."""
    micros = {(each.currency, each.kind): each.amount_micros for each in postings}
    currencies = sorted({currency for currency, kind in micros if kind in ("revenue", "overrun")})
    return [
        RevenueSum(
            currency,
            format_amount(-micros.get((currency, "revenue"), 0), currency),
            format_amount(micros.get((currency, "overrun"), 0), currency),
        )
        for currency in currencies
    ]


def _amount(each: Statistic) -> str:
    return format_amount(each.amount_micros, each.currency)


def _events(found: Sequence[Statistic], kind: str) -> int:
    return sum(each.events for each in found if each.kind == kind)
