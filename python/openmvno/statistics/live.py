"""What is charged now: the tenant's last minutes, and the engines of the installation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import msgspec
from litestar import get
from litestar.di import NamedDependency
from msgspec import Meta

from openmvno.charging import EngineRates, Recent, answers_by_result, refusals_by_limit
from openmvno.rest import Call, requires
from openmvno.rest.moments import Moment
from openmvno.statistics import store
from openmvno.statistics.model import Measure, Statistic, Step
from openmvno.statistics.schemas import FailureSum, RevenueSum, sums_view

TAGS: Final = ["Statistics"]

WINDOW: Final = timedelta(minutes=5)
RATE_WINDOW: Final = timedelta(minutes=1)
"""Whole minutes before the running one that a rate is made of."""

MEANINGS: Final = {
    "2001": "success",
    "3002": "unable to deliver",
    "3004": "too busy",
    "4010": "end user service denied",
    "4011": "credit control not applicable",
    "4012": "credit limit reached",
    "5002": "unknown session",
    "5004": "invalid AVP value",
    "5005": "missing AVP",
    "5012": "unable to comply",
    "5030": "user unknown",
    "5031": "rating failed",
}
"""RFC 6733 section 7.1, RFC 8506 section 9."""


class AnswerRate(msgspec.Struct):
    """Credit-Control-Answers with one Result-Code, of all engines since each started."""

    result_code: Annotated[int, Meta(examples=[2001])]
    meaning: Annotated[str, Meta(examples=["success"])]
    total: Annotated[int, Meta(examples=[120000])]
    per_second: Annotated[float | None, Meta(examples=[412.5])]


class RefusalRate(msgspec.Struct):
    """Requests refused unread for load, by the limit they met."""

    limit: Annotated[str, Meta(examples=["rate"], description="rate, queue_age")]
    total: Annotated[int, Meta(examples=[0])]
    per_second: Annotated[float | None, Meta(examples=[0.0])]


class InstallationLive(msgspec.Struct):
    """The engines of the installation, all tenants together. Rates are means of the last seconds,
    null where nobody looked a moment before."""

    engines: Annotated[int, Meta(examples=[2], description="That answer")]
    taken_at: Moment
    requests_per_second: Annotated[
        float | None, Meta(examples=[412.5], description="Credit-Control-Requests over Diameter")
    ]
    answers: list[AnswerRate]
    refused: list[RefusalRate]
    open_sessions: Annotated[int, Meta(examples=[5210])]
    gateways: Annotated[int, Meta(examples=[2], description="Open Diameter connections")]


class LiveView(msgspec.Struct):
    """``installation`` is null without the scope peers:read: what it holds is of all tenants."""

    at: Moment
    lag_seconds: Annotated[
        float, Meta(examples=[0.1], description="What CDRs and sums are behind charging")
    ]
    cdrs_per_second: Annotated[
        float, Meta(examples=[3.2], description="Of the running minute and the one before")
    ]
    since: Annotated[Moment, Meta(description="From then on revenue and failures are")]
    cdrs: Annotated[int, Meta(examples=[960], description="Since then")]
    revenue: list[RevenueSum]
    failures: list[FailureSum]
    installation: InstallationLive | None


@get("/charging/live", guards=[requires("usage:read")], tags=TAGS, summary="What is charged now")
async def show_live(call: NamedDependency[Call]) -> LiveView:
    """Cheap enough to be asked every two seconds: a few rows of sums, and figures of the engines
    that everyone who asks within a second shares.
    """
    now = datetime.now(UTC)
    since = now.replace(second=0, microsecond=0) - WINDOW
    measures = (Measure.USAGE, Measure.POSTING, Measure.FAILURE)
    async with call.connection() as connection:
        found = await store.sums(
            connection, call.tenant_id, Step.MINUTE, since, now + RATE_WINDOW, measures
        )
        lag = await store.materialiser_lag(connection)
    installation = None
    if "peers:read" in call.actor.scopes:
        rates: EngineRates = call.request.app.state.rates
        installation = _installation(await rates.recent())
    sums = sums_view(found, with_payments=False)
    return LiveView(
        at=now,
        lag_seconds=round(lag, 3),
        cdrs_per_second=_cdrs_per_second(found, now),
        since=since,
        cdrs=sum(each.events for each in sums.usage),
        revenue=sums.revenue,
        failures=sums.failures,
        installation=installation,
    )


def _cdrs_per_second(found: list[Statistic], now: datetime) -> float:
    begun = now.replace(second=0, microsecond=0) - RATE_WINDOW
    cdrs = sum(each.events for each in found if each.measure == Measure.USAGE and each.at >= begun)
    return round(cdrs / (now - begun).total_seconds(), 3)


def _installation(recent: Recent) -> InstallationLive:
    figures = list(recent.last.figures.values())
    totals, rates = recent.totals(answers_by_result), recent.per_second(answers_by_result)
    refused, refused_rates = recent.totals(refusals_by_limit), recent.per_second(refusals_by_limit)
    return InstallationLive(
        engines=len(figures),
        taken_at=recent.last.taken_at,
        requests_per_second=None if rates is None else round(sum(rates.values()), 2),
        answers=[
            AnswerRate(
                int(code), MEANINGS.get(code, "another code"), totals[code], _rate(rates, code)
            )
            for code in sorted(totals)
        ],
        refused=[
            RefusalRate(limit, refused[limit], _rate(refused_rates, limit))
            for limit in sorted(refused)
        ],
        open_sessions=sum(int(each.get("sessions", 0)) for each in figures),
        gateways=sum(int(each.get("connections", 0)) for each in figures),
    )


def _rate(rates: dict[str, float] | None, name: str) -> float | None:
    return None if rates is None else round(rates.get(name, 0.0), 2)


LIVE_ROUTES: Final[list[Any]] = [show_live]
