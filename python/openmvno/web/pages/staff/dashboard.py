"""How business goes now: rates that move, today's money, what fails and why."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from litestar import Response, get
from litestar.di import NamedDependency

from openmvno.web.pages.page import Page

NOTHING: Final[dict[str, Any]] = {"points": [], "total": None}


@get("/staff")
async def show_dashboard(page: NamedDependency[Page]) -> Response[Any]:
    """The whole page; its parts renew themselves."""
    live, minutes, hours = await page.together(_live(page), _minutes(page), _hours(page))
    return page.render("staff/dashboard.html", **live, **minutes, **hours)


@get("/staff/parts/live")
async def show_live(page: NamedDependency[Page]) -> Response[Any]:
    """The figures of this moment."""
    return page.render("staff/dashboard_live.html", **await _live(page))


@get("/staff/parts/answers")
async def show_answers(page: NamedDependency[Page]) -> Response[Any]:
    """What the network is told, by Result-Code."""
    return page.render("staff/dashboard_answers.html", **await _live(page))


@get("/staff/parts/minutes")
async def show_minutes(page: NamedDependency[Page]) -> Response[Any]:
    """The last hour, minute by minute."""
    return page.render("staff/dashboard_minutes.html", **await _minutes(page))


@get("/staff/parts/hours")
async def show_hours(page: NamedDependency[Page]) -> Response[Any]:
    """The last day, hour by hour."""
    return page.render("staff/dashboard_hours.html", **await _hours(page))


async def _live(page: Page) -> dict[str, Any]:
    return {"live": await page.unless_refused(page.api.get("/v1/charging/live"))}


async def _minutes(page: Page) -> dict[str, Any]:
    """Charges of each minute by service; the running minute is left out, it would look like a
    fall."""
    found = await page.unless_refused(
        page.api.get("/v1/statistics", query={"step": "minute"}), NOTHING
    )
    points = found["points"][:-1]
    services = sorted({each["service"] for point in points for each in point["usage"]})
    return {
        "minute_feet": _feet(page, points),
        "charges": [(name, _series(points, _charges_of(name))) for name in services[:3]],
    }


async def _hours(page: Page) -> dict[str, Any]:
    found = await page.unless_refused(
        page.api.get("/v1/statistics", query={"step": "hour"}), NOTHING
    )
    points = found["points"]
    currency = page.user.tenant_currency or _first_currency(points)
    return {
        "hour_feet": _feet(page, points),
        "currency": currency,
        "revenue": _series(points, lambda point: _amount(point["revenue"], currency)),
        "money_in": _series(points, lambda point: _amount(point["top_ups"] or [], currency)),
        "total": found["total"],
    }


def _feet(page: Page, points: list[dict[str, Any]]) -> list[str]:
    return [page.formats.clock(point["at"]) for point in points]


def _series(points: list[dict[str, Any]], value: Callable[[dict[str, Any]], float]) -> list[float]:
    return [value(point) for point in points]


def _charges_of(service: str) -> Callable[[dict[str, Any]], float]:
    return lambda point: sum(
        each["events"] for each in point["usage"] if each["service"] == service
    )


def _amount(sums: list[dict[str, Any]], currency: str) -> float:
    """For the height of a column; every amount that is written stays a decimal."""
    return float(sum(Decimal(each["amount"]) for each in sums if each["currency"] == currency))


def _first_currency(points: list[dict[str, Any]]) -> str:
    return next(
        (str(each["currency"]) for point in points for each in point["revenue"]),
        "EUR",
    )


DASHBOARD_PAGES: Final = [show_dashboard, show_live, show_answers, show_minutes, show_hours]
