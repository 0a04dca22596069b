"""The routes of statistics and of what is charged now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from openmvno.rest import Call, requires
from openmvno.rest.moments import moment_parameter, read_moment
from openmvno.statistics import store
from openmvno.statistics.model import Measure, Step
from openmvno.statistics.periods import period
from openmvno.statistics.schemas import StatisticsView, statistics_view

TAGS: Final = ["Statistics"]

MONEY_IN: Final = frozenset({Measure.TOP_UP, Measure.PAYMENT})


@get("/statistics", guards=[requires("usage:read")], tags=TAGS, summary="What was, by time")
async def show_statistics(
    call: NamedDependency[Call],
    step: Annotated[Step, QueryParameter(description="Length of a step")] = Step.HOUR,
    since: Annotated[
        str | None, moment_parameter("From then on; an hour, a day or 30 days back by default")
    ] = None,
    until: Annotated[str | None, moment_parameter("To then; now by default")] = None,
) -> StatisticsView:
    """Usage charged, revenue, money that came, lines opened and closed, and failures by cause.

    At most 180 minutes (of the last 3 days), 192 hours (of the last 400 days) or 400 days.
    """
    with_payments = "payments:read" in call.actor.scopes
    measures = [each for each in Measure if with_payments or each not in MONEY_IN]
    async with call.connection() as connection:
        zone = await store.time_zone(connection, call.tenant_id)
        wanted = period(
            step,
            read_moment(since, "since"),
            read_moment(until, "until"),
            ZoneInfo(zone),
            datetime.now(UTC),
        )
        found = await store.sums(
            connection, call.tenant_id, step, wanted.beginnings[0], wanted.until, measures
        )
        lag = await store.materialiser_lag(connection)
    return statistics_view(wanted, zone, lag, found, with_payments=with_payments)


STATISTICS_ROUTES: Final[list[Any]] = [show_statistics]
